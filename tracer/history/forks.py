"""Forks and joins: where one line of work becomes several, and where they are one again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from .point import Point

SLACK_NS = 100_000
"""Two spans overlap if they do for longer than this: times have travelled in microseconds, and
other tracers read the start and the duration from two clocks."""


class Fork(NamedTuple):
    """Work that a span had done at the same time: by threads, or by tasks that overlap."""

    parent_id: int
    """The span that forked."""
    branches: tuple[int, ...]
    """The spans that ran at the same time as each other, or as their parent, by start."""
    start: int
    """When the first of them began: ns since 1970."""
    join: int | None
    """When the last of them was over, ns since 1970; None if the parent did not wait for it."""


def forks_of(points: Sequence[Point]) -> list[Fork]:
    """Return the forks among points, which are in the order of their starts.

    Children of a span that overlap each other form a fork, as does a single one that ran in
    another thread than its parent. A join is the end of the last of them: the tracer does not see
    who waits, but a parent that ends earlier has not (by more than 1 % of its time, as in the
    collector's `collector.analysis.asynchronous`).
    """
    known = {point.span_id: point for point in points}
    children: dict[int, list[Point]] = {}
    for point in points:
        if point.parent_id in known:
            children.setdefault(point.parent_id, []).append(point)
    return [
        _fork(known[parent_id], group)
        for parent_id, siblings in children.items()
        for group in _groups(siblings)
        if len(group) > 1 or group[0].forked
    ]


def _groups(siblings: Sequence[Point]) -> Iterator[list[Point]]:
    """Yield the runs of siblings of which each overlaps another; `siblings` are by start."""
    group: list[Point] = []
    until = 0
    for point in siblings:
        if group and point.start > until - SLACK_NS:
            yield group
            group, until = [], 0
        group.append(point)
        until = max(until, point.end)
    if group:
        yield group


def _fork(parent: Point, group: list[Point]) -> Fork:
    last = max(point.end for point in group)
    overhang = last - parent.end
    is_joined = parent.open or overhang <= SLACK_NS or overhang * 100 <= parent.duration
    branches = tuple(point.span_id for point in group)
    return Fork(parent.span_id, branches, group[0].start, last if is_joined else None)
