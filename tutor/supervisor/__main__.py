"""The supervisor's own process: `python -m tutor.supervisor OPTIONS`, started by `./workshop up`.

`OPTIONS` is JSON (see `Options`). Runs until it gets SIGTERM or SIGINT, or until its owner is gone.
Exit codes: 0 told to stop, 1 it gave up (the reason is in the state file), 3 another one runs.
"""

from __future__ import annotations

import fcntl
import os
import signal
import sys
import threading
import time
from pathlib import Path

import msgspec

from tutor.errors import Exit
from tutor.paths import data_dir, log_dir, state_file
from tutor.supervisor import state
from tutor.supervisor.options import Options
from tutor.supervisor.process import ProcessId, stop_all
from tutor.supervisor.stack import Stack


def main(options: Options) -> int:
    """Run the stack; return the exit code."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    data_dir().mkdir(parents=True, exist_ok=True)
    if not hold_lock(data_dir() / "stack.lock"):
        print("Another stack runs in this folder. See it: ./workshop status", file=sys.stderr)
        return Exit.NOT_READY
    clear_leftovers(state_file())
    if options.owner:
        threading.Thread(target=watch, args=(options.owner, stop), daemon=True).start()
    stack = Stack(options.services, state_file(), log_dir(), options.code)
    return Exit.CHECK_FAILED if stack.run(stop) else Exit.GOOD


def hold_lock(path: Path) -> bool:
    """Take the lock of this data folder for as long as this process lives; False if it is taken.

    The system frees it however the process ends, so it can't be stale.
    """
    lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def clear_leftovers(path: Path) -> None:
    """Stop what a supervisor that was killed has left running, and forget its state."""
    left = state.read(path)
    if left:
        stop_all(left.leftovers(), patience=5)
    path.unlink(missing_ok=True)


def watch(owner: ProcessId, stop: threading.Event) -> None:
    """Stop the stack when the process that it was started for is gone."""
    while owner.is_alive():
        time.sleep(0.5)
    stop.set()


if __name__ == "__main__":
    sys.exit(main(msgspec.json.decode(sys.argv[1], type=Options)))
