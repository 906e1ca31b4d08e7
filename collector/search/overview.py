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
    found = Measures([])
    complete = True
    with open_views(store, node, time_range) as views:
        budget = MAX_CHECKED_SPANS
        for view in views:
            found = found.and_those(view.measures())
            if view.exact:
                continue
            checked: list[tuple[int, int, int, str]] = []
            for trace in _checked(view, node):
                budget -= trace[1]
                if budget < 0:
                    complete = False
                    break
                checked.append(trace)
            found = found.and_those(Measures.of(checked))
    durations = sorted(found.durations)
    slowest, slowest_id = found.slowest
    return {
        "traces": found.traces,
        "spans": found.spans,
        "errors": found.failed,
        "p50": nearest_rank(durations, 0.50),
        "p95": nearest_rank(durations, 0.95),
        "p99": nearest_rank(durations, 0.99),
        "max": slowest if durations else None,
        "slowest": slowest_id if durations else None,
        "exact": complete,
        "how": f"nearest rank over the durations of {counted(len(durations), 'trace')} as stored:"
        " each counts once, however few of its kind were kept",
    }


def _checked(view: View, node: Node) -> Iterator[tuple[int, int, int, str]]:
    """Yield the traces whose spans match, of those about which the index is not sure, the newest
    first."""
    matches = matcher(node)
    for _, trace_id, row, _ in view.ordered(ORDERS["newest"], None, only_unsure=True):
        summary = view.summary(row)
        if matches(summary, view.spans(row)):
            duration = summary.duration if summary.timed else -1
            yield (duration, summary.spans, summary.errors, trace_id)
