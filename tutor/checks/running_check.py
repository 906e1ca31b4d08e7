"""What is being checked now, for the UI's Course screen.

`running-check.json`, beside the last result, says it. The file is locked as long as that is true:
the system unlocks it when the process ends, however that happens.
"""

from __future__ import annotations

import fcntl
import json
import time
from typing import IO

from tutor import private_files
from tutor.checks.runner import last_check_file
from tutor.course.lessons import Step

LOCK_TRIES, LOCK_PAUSE_S = 5, 0.01
"""The UI locks the file as well, just long enough to see whether it can."""


class RunningCheck:
    """A context in which others can read which lesson is checked. Where another check is running
    already, that one is shown."""

    def __init__(self, watches: bool = False) -> None:
        """`watches` says whether it checks after every save."""
        self._watches = watches
        self._file: IO[str] | None = None

    def __enter__(self) -> RunningCheck:
        path = last_check_file().with_name("running-check.json")
        private_files.make_folder(path.parent)
        file = open(path, "a", encoding="utf-8", opener=private_files.opener)
        if _lock(file):
            self._file = file
        else:
            file.close()
        return self

    def __exit__(self, *_: object) -> None:
        if self._file:
            self._file.close()

    def show(self, step: Step, is_checking: bool) -> None:
        """Say that `step` is being checked, or else that the next save is waited for."""
        if self._file is None:
            return
        state = {"lesson": step.number, "is_checking": is_checking, "watches": self._watches}
        self._file.truncate(0)
        self._file.write(json.dumps(state))
        self._file.flush()


def _lock(file: IO[str]) -> bool:
    """Lock an open file; return whether that worked."""
    for _ in range(LOCK_TRIES):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(LOCK_PAUSE_S)
        else:
            return True
    return False
