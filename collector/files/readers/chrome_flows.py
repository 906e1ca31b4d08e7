"""Flows of Chrome's trace events: arrows from one slice to another, perhaps over several."""

from __future__ import annotations

from operator import attrgetter
from typing import NamedTuple

from collector import limits
from collector.model import Link, Span

Flow = tuple[str, str, str | int]
"""Category, name and id."""


class Point(NamedTuple):
    """Where a flow touches a slice."""

    moment: int
    flow: Flow
    begins: bool
    """Whether the flow begins here, or else goes on or ends."""


class Points:
    """The points of one thread; its slices are to come in the order of their beginnings."""

    def __init__(self) -> None:
        self._within: list[Point] = []
        self._ahead: list[Point] = []

    def add(self, point: Point, *, is_ahead: bool) -> None:
        """Add a point that is on the slice around its moment, or on the first that begins after."""
        (self._ahead if is_ahead else self._within).append(point)

    def sort(self) -> None:
        """Get ready for the first slice."""
        for points in (self._within, self._ahead):
            points.sort(key=attrgetter("moment"), reverse=True)

    def passed(self, begin: float) -> list[Point]:
        """Return what lies before the beginning of the next slice; it is on an earlier one."""
        found = []
        while self._within and self._within[-1].moment < begin:
            found.append(self._within.pop())
        return found

    def met(self, begin: int) -> list[Point]:
        """Return what is on a slice because that is the next to begin."""
        found = []
        while self._ahead and self._ahead[-1].moment <= begin:
            found.append(self._ahead.pop())
        return found


class Flows:
    """The spans that each flow touches."""

    def __init__(self) -> None:
        self._touched: dict[Flow, list[tuple[Point, Span]]] = {}

    def touch(self, point: Point, span: Span) -> None:
        """Note which span a point is on."""
        self._touched.setdefault(point.flow, []).append((point, span))

    def link(self, trace_id: str) -> None:
        """Give each span on a flow a link to the one before it."""
        for touched in self._touched.values():
            touched.sort(key=lambda pair: (pair[0].moment, not pair[0].begins))
            before: Span | None = None
            for point, span in touched:
                if not (before is None or before is span or point.begins):
                    _add_link(span, Link(trace_id, before.span_id))
                before = span


def _add_link(span: Span, link: Link) -> None:
    if len(span.links) < limits.TAGS:
        span.links += (link,)
