"""Runs a learner's script as `python SCRIPT` does, ready to say on SIGUSR1 where its threads are.

    python tutor/sandbox/run_script.py DUMP_FILE_DESCRIPTOR SCRIPT

On that signal `faulthandler` writes the stacks of all threads, whatever they are doing. A first
line break in the file says that it is ready: before that, the signal would end the process.
"""

# Standard library only, and nothing of ours: the script must not find more than it does alone.

from __future__ import annotations

import faulthandler
import os
import signal
import sys
import traceback
from pathlib import Path
from types import ModuleType, TracebackType


def main(dump: int, path: str) -> None:
    """Run the script at `path`; stacks go to the file with the descriptor `dump`."""
    faulthandler.register(signal.SIGUSR1, file=dump)
    os.write(dump, b"\n")
    sys.argv = [path]
    sys.path[0] = str(Path(path).parent)
    sys.excepthook = show
    module = sys.modules["__main__"] = ModuleType("__main__")  # without the names of this one
    module.__file__ = path
    code = compile(Path(path).read_bytes(), path, "exec", dont_inherit=True)
    exec(code, module.__dict__)  # noqa: S102


def show(kind: type[BaseException], problem: BaseException, trace: TracebackType | None) -> None:
    """Print the traceback of what has ended the script, without the two frames of this file."""
    own = trace.tb_next.tb_next if trace and trace.tb_next else trace
    traceback.print_exception(kind, problem, own)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
