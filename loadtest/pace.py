"""pace: when the next request of a visitor is due, in the open mode.

In the closed mode a visitor asks, waits for the answer, thinks, and asks again. When the app slows
down its visitors come less often: just then fewer requests are measured, and all that would have
come meanwhile are left out. That is called coordinated omission, and makes a stuck app look well.

Here requests are due by the clock, whether or not the answer before has come. One that is sent too
late has been waiting since it was due, and that time is part of what it took.
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

MOST = 1000.0
"""Requests a second of all visitors together."""


class Pace:
    """One visitor's requests, one every `period` seconds from `first` (on the monotonic clock)."""

    def __init__(self, period: float, first: float, clock: Callable[[], float] = monotonic) -> None:
        self.period = period
        self._due = first
        self._clock = clock

    @property
    def left(self) -> float:
        """Seconds until the next request is due; 0 where it is late."""
        return max(0.0, self._due - self._clock())

    def take(self) -> float:
        """Seconds for which the next request has been due already. It is made now."""
        late = max(0.0, self._clock() - self._due)
        self._due += self.period
        return late

    @property
    def unsent(self) -> int:
        """Requests that are due by now and were not made."""
        late = self._clock() - self._due
        return 0 if late < 0 else 1 + int(late // self.period)
