"""Queues outside the app: requests that nobody has taken on yet."""

from __future__ import annotations

from collections.abc import Iterator

from collector.analysis.clock_skew import is_server_call, suspect_skew
from collector.analysis.detectors.finding import CONTENTION, Finding, ms
from collector.analysis.detectors.siblings import ids
from collector.analysis.span_keys import Operation, operation_of
from collector.analysis.trace import Trace

LEAST = 20_000_000
"""Nanoseconds: connecting takes some as well, a queue soon takes more."""
SHARE = 0.1
"""Of the trace's duration that the gaps must take together."""


def queue_at_server(trace: Trace) -> Iterator[Finding]:
    """A gap of 20 ms or more between a client's start and its server's, where such gaps together
    take 10 % of the trace: the server had no worker free to take the request on.

    Silent where the clocks seem to disagree (`collector.analysis.clock_skew`): the gap is then
    unknown.
    """
    tree = trace.tree
    gaps: dict[Operation, list[int]] = {}
    for row, span in enumerate(tree.spans):
        if is_server_call(tree, row):
            gaps.setdefault(operation_of(span), []).append(row)
    for rows in gaps.values():
        each = {row: tree.start[row] - tree.start[tree.parent[row]] for row in rows}
        worst = max(rows, key=each.__getitem__)
        cost = sum(gap for gap in each.values() if gap > 0)
        if each[worst] >= LEAST and cost >= SHARE * trace.duration and not suspect_skew(tree):
            span = tree.spans[worst]
            what = (
                f"{span.service} took {span.resource} on {ms(each[worst])} after it was sent, and"
                f" then needed {ms(span.duration)}; such gaps take {ms(cost)} of"
                f" {ms(trace.duration)}"
            )
            yield Finding("queue_at_server", what, cost, ids(tree, rows), CONTENTION)
