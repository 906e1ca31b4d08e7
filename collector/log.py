"""Words for whoever runs the collector.

Telling never raises: the log may be on the disk that is full.
"""

from __future__ import annotations

import contextlib
import sys
import threading
import time
import traceback

REPEAT_S = 60.0
"""A trouble that lasts is told again after so long, however often it is met."""
MAX_LINES = 5
"""Different lines of one trouble that are told in that time."""


def say(line: str) -> None:
    """Print a line to standard error, or nothing if that cannot be written to."""
    _write(f"collector: {line}\n")


def say_bug(where: str, bug: BaseException) -> None:
    """Print what was going on when something unexpected was raised, and its traceback."""
    with contextlib.suppress(Exception):  # a bug in an exception's own text is not ours to die of
        say(f"{where}: {type(bug).__name__}; this is a bug in the collector:")
        _write("".join(traceback.format_exception(type(bug), bug, bug.__traceback__)))


class Trouble:
    """Something that may go wrong again and again: told when it begins, then once a minute, and
    when it is over."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._told: dict[str, float] = {}
        """When each of its lines was told last, if that is less than `REPEAT_S` ago."""
        self._lasts = False

    def report(self, line: str, bug: BaseException | None = None) -> None:
        """Tell of the trouble, unless this was just told; with a traceback if it is a bug."""
        with self._lock:
            self._lasts = True
            now = time.monotonic()
            self._told = {old: at for old, at in self._told.items() if now - at < REPEAT_S}
            if line in self._told or len(self._told) >= MAX_LINES:
                return
            self._told[line] = now
        if bug is None:
            say(line)
        else:
            say_bug(line, bug)

    def over(self, line: str) -> None:
        """Tell that the trouble is over, if there was any."""
        with self._lock:
            lasted, self._lasts = self._lasts, False
            self._told = {}
        if lasted:
            say(line)


def _write(text: str) -> None:
    # No standard error: AttributeError. A full disk: OSError. Closed: ValueError.
    with contextlib.suppress(AttributeError, OSError, ValueError):
        sys.stderr.write(text)
        sys.stderr.flush()
