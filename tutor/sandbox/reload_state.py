"""Which version of the learner's code is running: `mine/.web.running`, as `reload` writes it.

The file has one line, the digest of the code (`AppCode.digest`) and `restarting`, `running` or
`broken`. A check waits for it, so that it never judges the code from before the last save.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from tutor.errors import NotReadyError
from tutor.sandbox.app_code import AppCode

RELOAD_TIMEOUT_S = 20.0
"""The time that a script may take from a save until it answers."""


def state_file(folder: Path, name: str) -> Path:
    """Return the file that keeps the state of the script `name` (`web`) in `folder`."""
    return folder / f".{name}.running"


def write(folder: Path, name: str, digest: str, state: str) -> None:
    """Note that the code with that digest is `running`, `broken`, or being replaced (`restarting`).

    If that can't be written, there is no note, as where nothing reloads the code: it runs all the
    same, and a check does not wait for it.
    """
    try:
        state_file(folder, name).write_text(f"{digest} {state}\n")
    except OSError:
        forget(folder, name)


def forget(folder: Path, name: str) -> None:
    """Note that nothing is running."""
    with suppress(OSError):
        state_file(folder, name).unlink(missing_ok=True)


def wait_for_last_save(code: AppCode, waiting: Callable[[], None] = lambda: None) -> None:
    """Wait until the code that is running is the code in the files, and call `waiting` meanwhile.
    Where nothing reloads the code, return at once.

    Raises `NotReadyError` if it takes longer than `RELOAD_TIMEOUT_S`.
    """
    deadline = time.monotonic() + RELOAD_TIMEOUT_S
    for path in code.folder.glob(".*.running"):
        while not _is_settled(path, code):
            if time.monotonic() > deadline:
                name = path.name.split(".")[1]
                raise NotReadyError(
                    f"{code.name_of(f'{name}.py')}, as it was saved, has not started within"
                    f" {RELOAD_TIMEOUT_S:.0f} s. See what it is doing: ./workshop logs {name}."
                    " Start all anew: ./workshop down, then ./workshop up --mine"
                )
            waiting()
            time.sleep(0.05)


def _is_settled(path: Path, code: AppCode) -> bool:
    """Return whether the script whose state is in the file `path` runs the code as it is now, or is
    broken like that; also if nothing reloads the code."""
    try:
        digest, state = path.read_text().split()
    except (FileNotFoundError, ValueError):  # there is no such note, or it is just being written
        return not path.exists()
    return digest == code.digest() and state != "restarting"
