"""What `tracer.history()` returns: a trace as far as this process has heard of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from .forks import Fork, forks_of
from .point import Cut, Point


@dataclass(frozen=True)
class History:
    """A trace, or what is known of it in this process."""

    trace_id: int
    """128 bits."""
    points: tuple[Point, ...]
    """Its spans by start, those of called services included; `open` ones are not over yet, or were
    not when their service answered."""
    cut: Cut
    """How many more there were, by service and name, for which a header had no room."""

    @classmethod
    def of(cls, trace_id: int, points: Iterable[Point], cut: Cut) -> History:
        """Return the history with these points, given in any order."""
        by_start = sorted(points, key=lambda point: (point.start, point.span_id))
        return cls(trace_id, tuple(by_start), cut)

    @cached_property
    def forks(self) -> list[Fork]:
        """Where work was done at the same time."""
        return forks_of(self.points)

    @property
    def complete(self) -> bool:
        """Whether nothing was cut and every span's parent is there."""
        known = {0, *(point.span_id for point in self.points)}
        return not self.cut and all(point.parent_id in known for point in self.points)
