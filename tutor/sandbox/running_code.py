"""Which state of the learner's code runs: `mine/.web.running`, written by `tutor.sandbox.reload`.

The file has one line, the digest of the code (`Code.digest`) and `running` or `broken`. A check
waits for it, so that it never judges the code from before the last save.
"""

from __future__ import annotations

import time
from pathlib import Path

from tutor.errors import NotReadyError
from tutor.sandbox.app_code import Code

PATIENCE = 20.0
"""Seconds that a script may take from a save until it answers."""


def file(code: Path, name: str) -> Path:
    """Where the state of the script `name` (`web`) is kept."""
    return code / f".{name}.running"


def write(code: Path, name: str, digest: str, state: str) -> None:
    """Note that the code with that digest is `running` or `broken`."""
    file(code, name).write_text(f"{digest} {state}\n")


def forget(code: Path, name: str) -> None:
    """Note that nothing runs."""
    file(code, name).unlink(missing_ok=True)


def wait_for_last_save(code: Code) -> None:
    """Wait until what runs is the code as it is in the files now.

    Where nobody reloads the code nothing is waited for. Raises `NotReadyError` if it takes long.
    """
    deadline = time.monotonic() + PATIENCE
    for path in code.folder.glob(".*.running"):
        while path.exists() and path.read_text().partition(" ")[0] != code.digest():
            if time.monotonic() > deadline:
                raise NotReadyError(
                    f"{code.name_of('')} was saved, but what runs is still the code from before."
                    " What is wrong: ./workshop logs web. Start again: ./workshop down,"
                    " then ./workshop up --mine"
                )
            time.sleep(0.05)
