"""Turns at reading large traces, so that memory never holds more than two of them at once.

Nothing is lost by waiting: all threads of a process share one lock in Python, and two large answers
made side by side take as long as one after the other.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

LARGE_TRACE_SPANS = 50_000
"""Spans from which a trace is large: the objects of an answer about it take 150 MB or more."""
MAX_WAIT_S = 8.0
"""How long a read waits for its turn; whoever asked is waiting, too."""


class BusyReadingError(Exception):
    """Other large traces are being read. Try again in a few seconds."""


class LargeReads:
    """Lets one thread at a time read large traces."""

    def __init__(self, large_spans: int = LARGE_TRACE_SPANS) -> None:
        self.large_spans = large_spans
        """Spans from which a trace is large here."""
        self._turn = threading.RLock()

    @contextmanager
    def turn(self, spans: int) -> Iterator[None]:
        """Hold a turn for the length of a `with` block if a trace with that many spans is large.

        A thread may take another turn within its own. Raises `BusyReadingError` if none is free
        within `MAX_WAIT_S`.
        """
        if spans < self.large_spans:
            yield
            return
        if not self._turn.acquire(timeout=MAX_WAIT_S):
            raise BusyReadingError(
                "other large traces are being read, and they are read one at a time; ask again in a"
                " few seconds"
            )
        try:
            yield
        finally:
            self._turn.release()


large_reads = LargeReads()
"""The turns of this process at traces that are shown: what they bound is its memory."""
large_analyses = LargeReads()
"""Its turns at those that are read for answers about many traces. They are apart, so that whoever
opens a trace does not wait for that."""
