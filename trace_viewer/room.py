"""Runs a room as `python -m ROOM` would, from the folder that it is kept in.

    python room.py FOLDER collector --port 8126

That folder comes first in the path, and the one that the user is in is not there at all: so no
other `ui` or `collector` is taken for ours. The room is told to stop when its standard input ends,
which happens however the viewer ends that holds the other side of it.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
import threading


def main(folder: str, room: str) -> None:
    """Run `room`, which is in `folder`, with the rest of the command line."""
    threading.Thread(target=stop_with_input, daemon=True).start()
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [folder, *(path for path in sys.path if path not in ("", here))]
    del sys.argv[1:3]
    runpy.run_module(room, run_name="__main__", alter_sys=True)


def stop_with_input() -> None:
    """Tell this process to stop once its standard input has ended."""
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
