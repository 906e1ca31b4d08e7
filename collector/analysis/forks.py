"""Forks and joins: where a span has several things done at the same time, and waits for them."""

from __future__ import annotations

from collections.abc import Iterator
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
    for parent, size in enumerate(tree.size):
        if size == 1 or (size == 2 and not forked[parent + 1]):
            continue
        for rows in _together(tree, parent):
            by_threads = any(forked[row] for row in rows)
            if len(rows) > 1 or by_threads:
                joined = not any(tree.asynchronous[row] for row in rows)
                forks.append(Fork(parent, rows, joined, "threads" if by_threads else "times"))
    return forks


def _in_other_threads(tree: Tree) -> list[bool]:
    """Return for each row whether its tracer says that it ran in another thread than its parent."""
    threads: list[TagValue | None] = []
    forked = []
    for span, parent in zip(tree.spans, tree.parent, strict=True):
        above = threads[parent] if parent >= 0 else None
        own = span.tags.get(THREAD, above)
        threads.append(own)
        elsewhere = span.tags.get("span.kind") in _ELSEWHERE
        forked.append(above is not None and own != above and not elsewhere)
    return forked


def _together(tree: Tree, parent: int) -> Iterator[list[int]]:
    """Yield the runs of a span's children of which each overlaps another one before it."""
    group: list[int] = []
    until = 0
    for row in tree.children(parent):
        span = tree.spans[row]
        if not span.timed or span.tags.get("span.kind") in _ELSEWHERE:
            continue
        if group and tree.start[row] > until - CLOCK_SLACK_NS:
            yield group
            group, until = [], 0
        group.append(row)
        until = max(until, tree.end[row])
    if group:
        yield group
