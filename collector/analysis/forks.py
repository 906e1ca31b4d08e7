"""Forks and joins: where a span has several things done at the same time, and waits for them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Literal, NamedTuple

from collector.analysis.asynchronous import CLOCK_SLACK_NS
from collector.analysis.tree import Tree
from collector.model import TagValue

THREAD = "thread.id"
"""The tag that names a span's thread (OpenTelemetry's semantic conventions). A span without it runs
in its parent's."""

_ELSEWHERE = ("server", "consumer")
"""Kinds of spans that run in another process than their parent, by another clock."""


class Fork(NamedTuple):
    """Spans that ran at the same time as each other, or as their parent in another thread."""

    parent: int
    """Row of the span that forked."""
    rows: list[int]
    """Rows of the branches, by start."""
    joined: bool
    """Whether the parent waited for all of them (`collector.analysis.asynchronous`)."""
    seen_by: Literal["threads", "times"]
    """Whether a tracer has said that a branch ran in another thread, or their times overlap."""


def find_forks(tree: Tree) -> list[Fork]:
    """Return the forks of a trace, parents first. O(n).

    Children of a span that overlap each other by more than `CLOCK_SLACK_NS` are a fork. So is a
    single one in another thread than its parent: it ran beside whatever that did. Spans without a
    possible time are left out, and so are those of called services, whose clocks are others.
    """
    forked = _in_other_threads(tree)
    forks = []
    for rows in _together(tree, forked):
        by_threads = any(forked[row] for row in rows)
        joined = not any(tree.asynchronous[row] for row in rows)
        forks.append(Fork(tree.parent[rows[0]], rows, joined, "threads" if by_threads else "times"))
    forks.sort(key=attrgetter("parent", "rows"))
    return forks


def _in_other_threads(tree: Tree) -> Sequence[bool]:
    """Return for each row whether its tracer says that it ran in another thread than its parent."""
    if not any(THREAD in span.tags for span in tree.spans):
        return [False] * len(tree)
    threads: list[TagValue | None] = []
    forked = []
    for span, parent, kind in zip(tree.spans, tree.parent, tree.kinds, strict=True):
        above = threads[parent] if parent >= 0 else None
        own = span.tags.get(THREAD, above)
        threads.append(own)
        forked.append(above is not None and own != above and kind not in _ELSEWHERE)
    return forked


def _together(tree: Tree, forked: Sequence[bool]) -> Iterable[list[int]]:
    """Return the runs of children of which each overlaps another one before it, and the single ones
    that are `forked`."""
    runs: dict[int, list[int]] = {}
    """By its first row. Nearly all spans are no more than the first of a run, and need no list."""
    first = [-1] * len(tree)
    """By parent, the first row of the run under way."""
    until = [0] * len(tree)
    """By parent, the end of that run so far."""
    times = zip(tree.start, tree.end, strict=True)
    for row, (parent, kind, (start, end)) in enumerate(
        zip(tree.parent, tree.kinds, times, strict=True)
    ):
        if parent < 0 or kind in _ELSEWHERE or row in tree.as_sent:
            continue
        if first[parent] >= 0 and start <= until[parent] - CLOCK_SLACK_NS:
            runs.setdefault(first[parent], [first[parent]]).append(row)
            until[parent] = max(until[parent], end)
        else:
            first[parent], until[parent] = row, end
            if forked[row]:
                runs[row] = [row]
    return runs.values()
