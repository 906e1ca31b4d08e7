"""Which spans of a very large trace are worked on: those nearest to the root, the slowest, and
those that failed.

Parents of chosen spans are chosen, too, so that the tree hangs together.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from heapq import nlargest
from typing import NamedTuple

from collector.store.span_outline import SpanOutline

MAX_FAILED_SHARE = 0.5
"""Part of the chosen spans that failed ones, with all above them, may take."""
SLOWEST_SHARE = 0.05
"""Part of the chosen spans that are looked for among the slowest."""
MAX_SLOWEST_SHARE = 0.25
"""Part of the chosen spans that the slowest, with all above them, may take."""


class Selection(NamedTuple):
    """The chosen spans of a trace."""

    chosen: bytearray
    """For each span in the order received: 1 if it is chosen, else 0."""
    spans: int
    """Spans of the whole trace."""
    failed: int
    """Failed spans of the whole trace."""
    failed_shown: int
    """Failed spans among those chosen."""

    @property
    def shown(self) -> int:
        """How many spans are chosen."""
        return sum(self.chosen)


def select_spans(outline: SpanOutline, max_spans: int) -> Selection:
    """Choose at most that many spans. O(n log n), whatever the tree looks like.

    First come failed spans, then the slowest, each with everything above it, as long as their share
    lasts; the nearest to the root take what is left, the earliest first among equally near ones.
    """
    parents = outline.parents()
    nearest = _nearest_first(parents, outline.starts)
    chosen = _Chosen(parents)
    failed = [index for index in nearest if outline.errors[index]]
    chosen.add_all(failed, int(max_spans * MAX_FAILED_SHARE))
    slowest = nlargest(int(max_spans * SLOWEST_SHARE), nearest, key=outline.durations.__getitem__)
    chosen.add_all(slowest, chosen.count + int(max_spans * MAX_SLOWEST_SHARE))
    chosen.add_all(nearest, max_spans)
    failed_shown = sum([chosen.flags[index] for index in failed])
    return Selection(chosen.flags, len(outline), len(failed), failed_shown)


def _nearest_first(parents: array[int], starts: array[int]) -> array[int]:
    """Return all indexes by the number of spans above them, and by start.

    Spans in a cycle, and beneath one, come last: nothing leads to them from a root.
    """
    first_child = array("i", [-1]) * len(parents)
    next_sibling = array("i", [-1]) * len(parents)
    level = []
    for index, parent in enumerate(parents):
        if parent < 0:
            level.append(index)
        else:
            next_sibling[index] = first_child[parent]
            first_child[parent] = index
    nearest = array("i")
    while level:
        level.sort(key=lambda index: (starts[index], index))
        nearest.extend(level)
        level = list(_children(level, first_child, next_sibling))
    if len(nearest) < len(parents):
        reached = bytearray(len(parents))
        for index in nearest:
            reached[index] = 1
        nearest.extend([index for index, is_reached in enumerate(reached) if not is_reached])
    return nearest


def _children(level: list[int], first_child: array[int], next_sibling: array[int]) -> Iterable[int]:
    for index in level:
        child = first_child[index]
        while child >= 0:
            yield child
            child = next_sibling[child]


class _Chosen:
    """The spans chosen so far: with each of them all spans above it."""

    def __init__(self, parents: array[int]) -> None:
        self._parents = parents
        self.flags = bytearray(len(parents))
        self.count = 0

    def add_all(self, indexes: Iterable[int], max_count: int) -> None:
        """Choose spans in this order until there are `max_count`.

        It ends with the first span that does not fit with all above it: looking for smaller ones
        among long chains would take a time that grows with the square of their length.
        """
        for index in indexes:
            if not self._add(index, max_count):
                return

    def _add(self, index: int, max_count: int) -> bool:
        """Choose a span and all above it. Return False, with nothing chosen, if there is no
        room."""
        way: list[int] = []
        while index >= 0 and not self.flags[index]:
            if self.count + len(way) == max_count:
                for chosen in way:
                    self.flags[chosen] = 0
                return False
            self.flags[index] = 1  # at once, so that a cycle ends
            way.append(index)
            index = self._parents[index]
        self.count += len(way)
        return True
