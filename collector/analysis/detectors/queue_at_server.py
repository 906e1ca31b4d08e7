"""Queues outside the app: requests that no worker has taken on yet."""

from __future__ import annotations

from collections.abc import Iterator

from collector.analysis.clock_skew import is_server_call, suspect_skew
from collector.analysis.detectors.finding import CONTENTION_LESSON, Finding, ms
from collector.analysis.detectors.siblings import ids
from collector.analysis.span_keys import Operation, operation_of
from collector.analysis.trace import Trace

MIN_GAP_NS = 20_000_000
"""Connecting takes time as well, but a queue soon takes more."""
MIN_SHARE = 0.1
"""Share of the trace's duration that the gaps must take together."""


def queue_at_server(trace: Trace) -> Iterator[Finding]:
    """Find gaps of 20 ms or more between a client's start and its server's, if such gaps together
    take 10 % of the trace: the server had no worker free to take the request on.

    Silent if the clocks seem to disagree (`collector.analysis.clock_skew`): the gap is then
    unknown.
    """
    tree = trace.tree
    calls: dict[Operation, list[int]] = {}
    for row, span in enumerate(tree.spans):
        if is_server_call(tree, row):
            calls.setdefault(operation_of(span), []).append(row)
    for rows in calls.values():
        gap_of = {row: tree.start[row] - tree.start[tree.parent[row]] for row in rows}
        worst = max(rows, key=gap_of.__getitem__)
        cost = sum(gap for gap in gap_of.values() if gap > 0)
        is_queue = gap_of[worst] >= MIN_GAP_NS and cost >= MIN_SHARE * trace.duration
        if is_queue and not suspect_skew(tree):
            span = tree.spans[worst]
            what = (
                f"{span.service} took {span.resource} on {ms(gap_of[worst])} after it was sent, and"
                f" then needed {ms(span.duration)}; such gaps take {ms(cost)} of"
                f" {ms(trace.duration)}"
            )
            yield Finding("queue_at_server", what, cost, ids(tree, rows), CONTENTION_LESSON)
