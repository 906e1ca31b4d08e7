"""All matching traces in one line: how many, and how long they take."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TypeVar

from collector.search.ast import Node
from collector.search.match import matcher
from collector.search.order import ORDERS
from collector.search.partition_view import Range, View
from collector.search.search import ALL_TIME, LOOK_INTO_SPANS, views
from collector.store.sqlite import Store

Number = TypeVar("Number", int, float)


def overview(store: Store, node: Node, span: Range = ALL_TIME) -> dict[str, object]:
    """Counts and percentiles over the matching traces, as `/api/summary` gives them.

    Where the index cannot decide, the newest traces are looked at until a budget is used up; then
    `exact` is false.
    """
    measured: list[tuple[int, int, int, str]] = []
    complete = True
    with views(store, node, span) as seen:
        budget = LOOK_INTO_SPANS
        for view in seen:
            if view.exact:
                measured += view.measures()
            else:
                for measures in _verified(view, node):
                    budget -= measures[1]
                    if budget < 0:
                        complete = False
                        break
                    measured.append(measures)
    durations = sorted([measures[0] for measures in measured])
    slowest = max(measured, default=None)
    return {
        "traces": len(measured),
        "spans": sum([measures[1] for measures in measured]),
        "errors": sum([1 for measures in measured if measures[2]]),
        "p50": nearest_rank(durations, 0.50),
        "p95": nearest_rank(durations, 0.95),
        "p99": nearest_rank(durations, 0.99),
        "max": slowest[0] if slowest else None,
        "slowest": slowest[3] if slowest else None,
        "exact": complete,
        "how": f"nearest rank over the durations of {len(measured):,} traces",
    }


def nearest_rank(ordered: list[Number], share: float) -> Number | None:
    """The smallest of these values that is no smaller than `share` of them; `None` of nothing."""
    return ordered[math.ceil(share * len(ordered)) - 1] if ordered else None


def _verified(view: View, node: Node) -> Iterator[tuple[int, int, int, str]]:
    matches = matcher(node)
    for _, trace_id, row, _ in view.ordered(ORDERS["newest"], None):
        summary = view.summary(row)
        if matches(summary, view.spans(row)):
            yield summary.duration, summary.spans, summary.errors, trace_id
