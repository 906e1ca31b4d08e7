"""All matching traces in one line: how many there are, and how long they take."""

from __future__ import annotations

from collections.abc import Iterator

from collector.analysis.percentiles import nearest_rank
from collector.counted import counted
from collector.search.ast import Node
from collector.search.match import matcher
from collector.search.order import ORDERS
from collector.search.search import ALL_TIME, open_views
from collector.search.view import Measures, TimeRange, View
from collector.store.trace_store import TraceStore

MAX_CHECKED_SPANS = 40_000
"""Spans that are checked for one overview if the index cannot decide."""


def overview(store: TraceStore, node: Node, time_range: TimeRange = ALL_TIME) -> dict[str, object]:
    """Return counts and percentiles over the matching traces, in the form of `/api/summary`.

    If the index cannot decide, the spans of the newest traces are checked, and `exact` is false if
    there are more than `MAX_CHECKED_SPANS`.
    """
    traces: list[Measures] = []
    complete = True
    with open_views(store, node, time_range) as views:
        budget = MAX_CHECKED_SPANS
        for view in views:
            traces += view.measures()
            if view.exact:
                continue
            for measures in _checked(view, node):
                budget -= measures[1]
                if budget < 0:
                    complete = False
                    break
                traces.append(measures)
    timed = [trace for trace in traces if trace[0] >= 0]
    durations = sorted([duration for duration, _, _, _ in timed])
    slowest = max(timed, default=None)
    return {
        "traces": len(traces),
        "spans": sum([spans for _, spans, _, _ in traces]),
        "errors": sum([1 for _, _, errors, _ in traces if errors]),
        "p50": nearest_rank(durations, 0.50),
        "p95": nearest_rank(durations, 0.95),
        "p99": nearest_rank(durations, 0.99),
        "max": slowest[0] if slowest else None,
        "slowest": slowest[3] if slowest else None,
        "exact": complete,
        "how": f"nearest rank over the durations of {counted(len(timed), 'trace')} as stored: each"
        " counts once, however few of its kind were kept",
    }


def _checked(view: View, node: Node) -> Iterator[Measures]:
    """Yield the traces whose spans match, of those about which the index is not sure, the newest
    first."""
    matches = matcher(node)
    for _, trace_id, row, _ in view.ordered(ORDERS["newest"], None, only_unsure=True):
        summary = view.summary(row)
        if matches(summary, view.spans(row)):
            duration = summary.duration if summary.timed else -1
            yield (duration, summary.spans, summary.errors, trace_id)
