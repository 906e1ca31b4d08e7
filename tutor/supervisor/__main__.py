"""The supervisor's own process: `python -m tutor.supervisor OPTIONS`, started by `./workshop up`.

`OPTIONS` is JSON (see `StartOptions`). It runs until it gets SIGTERM or SIGINT, or until its owner
is gone. Exit codes: 0 it was asked to stop, 1 it gave up (the reason is in the state file), 3
another one is running.
"""

from __future__ import annotations

import fcntl
import os
import signal
import sys
from pathlib import Path

import msgspec

from tutor import private_files
from tutor.errors import Exit, NotReadyError
from tutor.file_errors import explain
from tutor.paths import data_dir, log_dir, state_file
from tutor.stop_request import StopRequest
from tutor.supervisor import log_files, state
from tutor.supervisor.client import StartOptions
from tutor.supervisor.process import stop_all
from tutor.supervisor.stack import Stack
from tutor.terminal import printable_output


def main(options: StartOptions) -> int:
    """Run the stack; return the exit code."""
    stop = StopRequest()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    try:
        private_files.make_folder(data_dir())
        private_files.tighten_data(data_dir())
        if not hold_lock(data_dir() / "stack.lock"):
            log_files.say("Another stack is running here. See it: ./workshop status")
            return Exit.NOT_READY
        clear_leftovers(state_file())
        stack = Stack(options.services, state_file(), log_dir(), options.code, options.owner)
        return Exit.CHECK_FAILED if stack.run(stop) else Exit.GOOD
    except OSError as problem:
        log_files.say(explain(problem))
    except NotReadyError as problem:
        log_files.say(str(problem))
    return Exit.NOT_READY


def hold_lock(path: Path) -> bool:
    """Take the lock of this data folder for as long as this process lives; return False if another
    process has it.

    The system releases it however the process ends, so it can't be stale.
    """
    lock = private_files.opener(str(path), os.O_RDWR | os.O_CREAT)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def clear_leftovers(path: Path) -> None:
    """Stop what a killed supervisor has left running, and forget its state."""
    left = state.read(path)
    if left:
        stop_all(left.leftovers(), timeout_s=5)
    path.unlink(missing_ok=True)


if __name__ == "__main__":
    with printable_output():
        sys.exit(main(msgspec.json.decode(sys.argv[1], type=StartOptions)))
