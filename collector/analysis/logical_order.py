"""The order of a trace's events as far as cause and effect tell it, whatever the clocks say.

Lamport (CACM 1978): one event *happened before* another if it was earlier in the same process, or
sent the message that the other received, or if there is a chain of such steps from the one to the
other. Two events without a chain either way are *concurrent*. In a trace the chains are in the
tree: a segment (one process's part of the trace) orders its own events by its one clock, a call
precedes what it caused, and an answer follows what was done for it.

So the numbers of logical clocks (tags `clock.sent` and `clock.received`) are not needed for the
relation. They tell that an answer did arrive, and where a span belongs whose parent was lost.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate, chain, pairwise

from collector.analysis.tree import Tree
from collector.model import Span

SENT, RECEIVED = "clock.sent", "clock.received"
"""The tags of `tracer.logical_clock`."""
FIRST_BYTE = "http.response.first_byte"
"""The event of a client that goes on reading: its end may be before the server's."""

_NEVER = 1 << 62
_LARGEST_STAMP = 2**53


@dataclass(slots=True)
class LogicalOrder:
    """The events of a tree's spans in an order that no cause and effect contradicts. The lists have
    one entry for each row."""

    start: list[int]
    """Tick at which each span starts, from 0. An event has a later tick than all that happened
    before it; events with the same tick are concurrent, and others may be, too."""
    end: list[int]
    segment: list[int]
    """Row of the first span of the same segment."""
    _parent: list[int]
    _begins: list[int]
    """Place of the start among the events of its segment."""
    _ends: list[int]
    _answered: list[bool]
    """Whether the caller of a segment, in the row of the segment's first span, got its answer."""

    @property
    def ticks(self) -> int:
        """The number of ticks that there are."""
        return max(self.end, default=-1) + 1

    def before(self, row: int, other: int) -> bool:
        """Tell whether the span in `row` ended before the `other` one began.

        If neither is before the other and none contains the other, they are concurrent.
        """
        begins: dict[int, int] = {}  # by segment, what is known to be before the other's start
        while other >= 0:
            begins[self.segment[other]] = self._begins[other]
            other = self._parent[self.segment[other]]
        while (first := self.segment[row]) not in begins:
            if not self._answered[first] or self._ends[row] > self._ends[first]:
                return False
            row = self._parent[first]
        return self._ends[row] < begins[first]

    def concurrent_siblings(self, tree: Tree) -> Iterator[tuple[int, int, list[int]]]:
        """Yield each span that is concurrent with children of the same parent: its row, how many
        those are, and the rows of up to three of them."""
        for parent in range(len(tree)):
            if tree.size[parent] > 2:
                yield from self._concurrent(parent, list(tree.children(parent)))

    def _concurrent(self, parent: int, rows: list[int]) -> Iterator[tuple[int, int, list[int]]]:
        extents = sorted((*self._extent(parent, row), row) for row in rows)
        begins = [begin for begin, _, _ in extents]
        ends = sorted(end for _, end, _ in extents)
        last_to_end = list(accumulate(((end, row) for _, end, row in extents), max))
        for place, (begin, end, row) in enumerate(extents):
            until = bisect_right(begins, end)
            number = until - bisect_left(ends, begin) - 1
            if number:
                some = [other for _, _, other in extents[place + 1 : min(until, place + 3)]]
                if place and last_to_end[place - 1][0] >= begin:
                    some.insert(0, last_to_end[place - 1][1])
                yield row, number, some

    def _extent(self, parent: int, row: int) -> tuple[int, int]:
        """Return between which of the events of its parent's segment a span surely was."""
        if self.segment[row] == self.segment[parent]:
            return self._begins[row], self._ends[row]
        return self._begins[parent], self._ends[parent] if self._answered[row] else _NEVER


def logical_order(tree: Tree) -> LogicalOrder:
    """Return the order of a tree's events. Never raises; O(n log n).

    Within a segment a child is never before its parent, even if its times say so. Where no logical
    clock says that an answer arrived, it did if the caller succeeded and was not quicker.
    """
    segment = _segments(tree)
    chains = _chains(tree, segment)
    answered = [
        segment[row] == row and parent >= 0 and was_answered(tree.spans[parent], tree.spans[row])
        for row, parent in enumerate(tree.parent)
    ]
    start, end = _ticks(tree, segment, chains, answered)
    begins, ends = [0] * len(tree), [0] * len(tree)
    for events in chains.values():
        for place, event in enumerate(events):
            (ends if event & 1 else begins)[event >> 1] = place
    return LogicalOrder(start, end, segment, tree.parent, begins, ends, answered)


def was_answered(caller: Span, span: Span) -> bool:
    """Tell whether the caller's end is after the span's, because it waited for the answer."""
    received, sent = stamp(caller, RECEIVED), stamp(span, SENT)
    if received and sent:
        return received > sent and all(event.name != FIRST_BYTE for event in caller.events)
    waits = caller.tags.get("span.kind") == "client"
    return waits and not caller.error and span.duration <= caller.duration


def stamp(span: Span, tag: str) -> int:
    """Return the number of a logical clock in one of a span's tags; 0 if there is none."""
    value = span.tags.get(tag)
    return int(value) if isinstance(value, int | float) and 0 < value < _LARGEST_STAMP else 0


def _segments(tree: Tree) -> list[int]:
    """Return for each row the first row of its segment: a root, or a span that came from outside:
    a server's, a consumer's, or one on another host than its parent's."""
    segment: list[int] = []
    for row, (span, parent) in enumerate(zip(tree.spans, tree.parent, strict=True)):
        comes_in = parent < 0 or span.tags.get("span.kind") in ("server", "consumer")
        segment.append(
            row if comes_in or _is_elsewhere(span, tree.spans[parent]) else segment[parent]
        )
    return segment


def _is_elsewhere(span: Span, parent: Span) -> bool:
    host, other = span.tags.get("host.name"), parent.tags.get("host.name")
    return host is not None and other is not None and host != other


def _chains(tree: Tree, segment: list[int]) -> dict[int, list[int]]:
    """Return the events of each segment in their order; an event is 2 × its row, and 1 more for the
    end.

    They are sorted by time; those at the same time stay as a walk through the tree comes by them,
    so that a span that takes no time begins before it ends, and within its parent.
    """
    times: list[int] = []
    walk: list[int] = []
    open_rows: list[int] = []
    for row, parent in enumerate(tree.parent):
        while open_rows and open_rows[-1] != parent:
            walk.append(2 * open_rows.pop() + 1)
        open_rows.append(row)
        walk.append(2 * row)
        inside = segment[row] != row
        begin = max(tree.start[row], times[2 * parent]) if inside else tree.start[row]
        times += (begin, max(begin, tree.end[row]))
    walk += [2 * row + 1 for row in reversed(open_rows)]
    chains: dict[int, list[int]] = {}
    for event in sorted(walk, key=times.__getitem__):
        chains.setdefault(segment[event >> 1], []).append(event)
    return chains


def _ticks(
    tree: Tree, segment: list[int], chains: dict[int, list[int]], answered: list[bool]
) -> tuple[list[int], list[int]]:
    """Return the ticks of all starts and of all ends.

    That is Lamport's rule again, over the events of this trace alone, but an event with a logical
    clock's number has at least that. Numbers in use are then counted from 0.
    """
    followers: list[list[int]] = [[] for _ in range(2 * len(tree))]
    for events in chains.values():
        for event, following in pairwise(events):
            followers[event].append(following)
    for row, parent in enumerate(tree.parent):
        if parent >= 0 and segment[row] == row:
            followers[2 * parent].append(2 * row)
            if answered[row]:
                followers[2 * row + 1].append(2 * parent + 1)
    waits_for = [0] * len(followers)
    for event in chain.from_iterable(followers):
        waits_for[event] += 1
    levels = [number for span in tree.spans for number in _stamps(span)]
    ready = [event for event, others in enumerate(waits_for) if not others]
    while ready:
        event = ready.pop()
        for following in followers[event]:
            levels[following] = max(levels[following], levels[event] + 1)
            waits_for[following] -= 1
            if not waits_for[following]:
                ready.append(following)
    tick_of = {level: tick for tick, level in enumerate(sorted(set(levels)))}
    ticks = [tick_of[level] for level in levels]
    return ticks[::2], ticks[1::2]


def _stamps(span: Span) -> tuple[int, int]:
    """Return the numbers of a span's start and its end, 0 where there is none."""
    sent, received = stamp(span, SENT), stamp(span, RECEIVED)
    return (received, sent) if span.tags.get("span.kind") == "server" else (sent, received)
