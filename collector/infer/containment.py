"""Which records lie within which others: a call lies within its caller."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Sequence

from collector.infer.operations import is_request
from collector.infer.records import Record

MAX_CANDIDATES = 64
"""Records that one may lie within; of more only the last to start are kept."""
MAX_LOOKED_AT = 512
"""Records that still run when one ends, of which those that end first are looked at."""


def in_order(records: Sequence[Record]) -> list[int]:
    """Return the indexes of the records so that what lies within something comes after it."""
    return sorted(range(len(records)), key=lambda i: (records[i].start, -records[i].end, i))


def containers(records: Sequence[Record]) -> list[list[int]]:
    """Return for each record the indexes of those that it lies within, the last to start last.

    Times are compared as exactly as they were written. O(n (log n + c)) for n records of which c,
    at most `MAX_LOOKED_AT`, run at the same time.
    """
    found: list[list[int]] = [[] for _ in records]
    slack = slack_of(*records)
    running: list[tuple[int, int]] = []
    """The end and the index of what may still contain something, by end."""
    waiting = in_order(records)
    opened = 0
    for inner in waiting:
        record = records[inner]
        while opened < len(waiting) and records[waiting[opened]].start <= record.start + slack:
            insort(running, (records[waiting[opened]].end, waiting[opened]))
            opened += 1
        del running[: bisect_right(running, (record.start - slack, -1))]
        first = bisect_right(running, (record.end - slack - 1, len(records)))
        outer = [
            index
            for _, index in running[first : first + MAX_LOOKED_AT]
            if index != inner and contains(records[index], record, index, inner)
        ]
        outer.sort(key=lambda index: (records[index].start, -records[index].end))
        found[inner] = outer[-MAX_CANDIDATES:]
    return found


def contains(outer: Record, inner: Record, outer_index: int = 0, inner_index: int = 1) -> bool:
    """Return whether one record lies within another, as far as can be told from their times.

    Of two records of one service only the longer one contains the other, the first of two that last
    as long, so that nothing lies within itself. Of two services, as coarse as times are, either may
    seem to lie within the other: which one it is, all of their records tell together
    (`collector.infer.callers`).
    """
    slack = slack_of(outer, inner)
    if outer.start > inner.start + slack or outer.end < inner.end - slack:
        return False
    if outer.service != inner.service:
        return True
    if is_request(outer) and is_request(inner):
        return False
    lengths = (outer.end - outer.start, inner.end - inner.start)
    return lengths[0] > lengths[1] or (lengths[0] == lengths[1] and outer_index < inner_index)


def slack_of(*records: Record) -> int:
    """Return how far the times of records may be off, ns: a start that was worked out from an end
    and a duration may be off by both."""
    return 2 * max((record.resolution for record in records), default=0)
