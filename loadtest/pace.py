"""When a user's next request is due, in the open mode.

In the closed mode a user sends a request, waits for the response, thinks, and sends the next. When
the app slows down, its users come less often: just then fewer requests are measured, and all that
would have come in the meantime are left out. That is called coordinated omission (Gil Tene), and
makes an app that hangs look good.

Here requests are due by the clock, whether or not the last response has come. One that is sent too
late has been waiting since it was due, and that time counts as part of its duration.
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

MAX_RATE_PER_S = 1000.0
"""Requests per second of all users together."""


class Pace:
    """One user's requests: one every `period_s` seconds from `first` (on the monotonic clock)."""

    def __init__(
        self, period_s: float, first: float, clock: Callable[[], float] = monotonic
    ) -> None:
        self.period_s = period_s
        self._due = first
        self._clock = clock

    @property
    def seconds_left(self) -> float:
        """Seconds until the next request is due; 0 if it is late."""
        return max(0.0, self._due - self._clock())

    def take_next(self) -> float:
        """Count the next request as sent; return the seconds by which it is late."""
        late = max(0.0, self._clock() - self._due)
        self._due += self.period_s
        return late

    @property
    def unsent(self) -> int:
        """The number of requests that are due by now and have not been sent."""
        late = self._clock() - self._due
        return 0 if late < 0 else 1 + int(late // self.period_s)
