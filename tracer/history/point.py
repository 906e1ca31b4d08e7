"""A span as others need to know it: where it belongs, what it was, and when."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple


class Point(NamedTuple):
    """A trace point: a span without its tags.

    Fonseca et al. ("X-Trace", NSDI 2007) and Sambasivan et al. ("So, you want to trace your
    distributed system?", CMU-PDL-14-102) call what is executed between two propagations a trace
    point.
    """

    span_id: int
    """64 bits, never 0."""
    parent_id: int
    """0 for the root."""
    service: str
    name: str
    resource: str
    start: int
    """Nanoseconds since 1970; whole microseconds once it has travelled."""
    duration: int
    """Nanoseconds; of a span that is not over, those until now."""
    error: bool
    open: bool
    """Whether the span was not over yet."""
    forked: bool
    """Whether it ran in another thread than its parent."""

    @property
    def end(self) -> int:
        """Nanoseconds since 1970."""
        return self.start + self.duration


Kind = tuple[str, str]
"""What points are counted by once they are cut: service and name."""
OTHERS: Kind = ("", "")
"""The kind of points for whose own there was no room."""

Cut = Counter[Kind]
"""How many points were cut, by kind."""
