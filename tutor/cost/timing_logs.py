"""How much an app writes to timing.log, wherever that is.

A learner decides where the file is made: in the folder that LOG_DIR names, beside the code, or
where `mine/timing.log` leads from the folder that the app is run in. All that lesson 2 asks is that
it is `mine/timing.log` in the end.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

QUIET_S = 0.2
"""The time without a new line after which all lines are taken to be written."""

TIMEOUT_S = 2.0


class TimingLogs:
    """The file `timing.log` in each of some folders; those that don't exist yet are empty."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._files = [folder / "timing.log" for folder in folders]
        self._begin = self._size()

    def growth(self) -> int:
        """Return how many bytes were written since the start, once no more come."""
        deadline = time.monotonic() + TIMEOUT_S
        size, quiet_since = self._size(), time.monotonic()
        while time.monotonic() < min(quiet_since + QUIET_S, deadline):
            time.sleep(0.02)
            if self._size() != size:
                size, quiet_since = self._size(), time.monotonic()
        return size - self._begin

    def _size(self) -> int:
        return sum(file.stat().st_size for file in self._files if file.exists())
