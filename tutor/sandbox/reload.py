"""Runs a script of a folder that somebody is editing: `python -m tutor.sandbox.reload mine/web.py`.

The script is started again whenever a Python file of its folder changes. While it does not run,
because it is no valid Python or ended by itself, a stand-in answers on its port and says why, so
the rest of the stack stays up and the next save mends it.

The script must listen on PORT, answer `GET /ping`, and end on SIGTERM.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path

from tutor.errors import Exit
from tutor.failure import CheckFailed
from tutor.ports import LOOPBACK
from tutor.sandbox import running_code
from tutor.sandbox.error_server import StandIn
from tutor.sandbox.script import Script

LOOK = 0.1
"""Seconds between two looks at the folder."""


def main(path: Path, host: str, port: int) -> int:
    """Run the script until told to stop; the exit code."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    script = Script(path, port)
    try:
        while not stop.is_set():
            digest = settled(script, stop)
            try:
                run(script, digest, stop)
            except CheckFailed as failure:
                if script.port_was_taken:
                    return Exit.NOT_READY
                stand_in(script, digest, failure, StandIn(host, port, failure), stop)
            if not stop.is_set():
                print(f"{path.stem}: {path.parent.name}/ has changed", flush=True)
    finally:
        script.stop()
        running_code.forget(path.parent, path.stem)
    return Exit.GOOD


def settled(script: Script, stop: threading.Event) -> str:
    """The digest of the code, once it has stopped changing: editors write in several steps."""
    digest = script.code.digest()
    while not stop.wait(LOOK) and script.code.digest() != digest:
        digest = script.code.digest()
    return digest


def run(script: Script, digest: str, stop: threading.Event) -> None:
    """Run the script until its code is no longer that of `digest`, or until told to stop.

    Raises `CheckFailed` if it ends by itself.
    """
    script.start()
    is_ready = False
    try:
        while not stop.wait(LOOK) and script.code.digest() == digest:
            if script.has_ended():
                raise script.autopsy(is_ready)
            if not is_ready and script.is_ready():
                running_code.write(script.path.parent, script.path.stem, digest, "running")
                is_ready = True
    finally:
        script.stop()


def stand_in(
    script: Script, digest: str, failure: CheckFailed, server: StandIn, stop: threading.Event
) -> None:
    """Let `server` answer until the code is no longer that of `digest`, or until told to stop."""
    print(f"{script.path.stem}: {failure.look}: {failure.seen}\n{failure.detail}", flush=True)
    running_code.write(script.path.parent, script.path.stem, digest, "broken")
    try:
        while not stop.wait(LOOK) and script.code.digest() == digest:
            pass
    finally:
        server.stop()


if __name__ == "__main__":
    host, port = os.environ.get("HOST") or LOOPBACK, int(os.environ["PORT"])
    sys.exit(main(Path(sys.argv[1]).resolve(), host, port))
