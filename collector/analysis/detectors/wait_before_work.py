"""Queues inside the app: a lock, a pool, a turn that a request has to wait for."""

from __future__ import annotations

from collections.abc import Iterator

from collector.analysis.detectors.finding import CONTENTION_LESSON, Finding, ms
from collector.analysis.detectors.idle_spans import is_wait
from collector.analysis.detectors.siblings import ids, total
from collector.analysis.span_keys import Operation, operation_of
from collector.analysis.trace import Trace

MIN_SHARE = 0.1
"""Share of the trace's duration that must have been spent waiting."""


def wait_before_work(trace: Trace) -> Iterator[Finding]:
    """Find spans whose name ends in `.wait` or `.acquire`, with work after them under the same
    parent, that together take 10 % of the trace. Waiting for work of one's own, which shows beside
    it, is not for a turn."""
    tree = trace.tree
    waits: dict[Operation, list[int]] = {}
    for row, span in enumerate(tree.spans):
        if is_wait(span) and _next_sibling(trace, row) >= 0 and not _joins(trace, row):
            waits.setdefault(operation_of(span), []).append(row)
    for rows in waits.values():
        waited = total(tree, rows)
        if waited and waited >= MIN_SHARE * trace.duration:
            worst = max(rows, key=lambda row: tree.spans[row].duration)
            wait, work = tree.spans[worst], tree.spans[_next_sibling(trace, worst)]
            what = (
                f"{ms(waited)} of {ms(trace.duration)} is spent in {wait.name}; at worst"
                f" {ms(wait.duration)} before {ms(work.duration)} of {work.name}"
            )
            if behind := wait.tags.get("waiting_behind"):
                what += f", behind {behind} {'other' if behind in (1, '1') else 'others'}"
            if "holder.trace_id" in wait.tags:
                what += f" (held by trace {wait.tags['holder.trace_id']})"
            yield Finding("wait_before_work", what, waited, ids(tree, rows), CONTENTION_LESSON)


def _joins(trace: Trace, row: int) -> bool:
    """Tell whether half of the wait or more is covered by what its parent does meanwhile."""
    tree = trace.tree
    if tree.parent[row] < 0:
        return False
    start, end = tree.start[row], tree.end[row]
    beside = [
        min(tree.end[other], end) - max(tree.start[other], start)
        for other in tree.children(tree.parent[row])
        if other != row and not is_wait(tree.spans[other])
    ]
    return 2 * max([0, *beside]) > end - start


def _next_sibling(trace: Trace, row: int) -> int:
    """Return the row of the span that its parent opened next, -1 if there is none."""
    tree = trace.tree
    parent, following = tree.parent[row], row + tree.size[row]
    if parent >= 0 and following < parent + tree.size[parent]:
        return following
    return -1
