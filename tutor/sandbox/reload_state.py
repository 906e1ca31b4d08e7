"""Which version of the learner's code is running: `mine/.web.running`, as `reload` writes it.

The file has one line, the digest of the code (`AppCode.digest`) and `running` or `broken`. A check
waits for it, so that it never judges the code from before the last save.
"""

from __future__ import annotations

import time
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
    """Note that the code with that digest is `running` or `broken`.

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


def wait_for_last_save(code: AppCode) -> None:
    """Wait until the code that is running is the code in the files. Where nothing reloads the code,
    return at once.

    Raises `NotReadyError` if it takes longer than `RELOAD_TIMEOUT_S`.
    """
    deadline = time.monotonic() + RELOAD_TIMEOUT_S
    for path in code.folder.glob(".*.running"):
        while path.exists() and path.read_text().partition(" ")[0] != code.digest():
            if time.monotonic() > deadline:
                name = path.name.split(".")[1]
                raise NotReadyError(
                    f"{code.name_of(f'{name}.py')}, as it was saved, has not started within"
                    f" {RELOAD_TIMEOUT_S:.0f} s. See what it is doing: ./workshop logs {name}."
                    " Start all anew: ./workshop down, then ./workshop up --mine"
                )
            time.sleep(0.05)
