"""N+1: a query for a list, then one more query for each thing in it."""

from __future__ import annotations

from collections.abc import Iterator

from collector.analysis.detectors.finding import BATCH, Finding, brief, ms
from collector.analysis.detectors.siblings import (
    ids,
    like_siblings,
    longest,
    one_after_another,
    total,
)
from collector.analysis.repeats import MANY, is_n_plus_one
from collector.analysis.trace import Trace

SHARE = 0.02
"""Of the trace's duration; less is not worth a cure."""


def n_plus_one(trace: Trace) -> Iterator[Finding]:
    """Five or more like calls to a store of data, one after another under one parent, that together
    take 2 % of the trace. One call for all would take about as long as the longest of them."""
    tree = trace.tree
    for rows in like_siblings(tree, at_least=MANY):
        span = tree.spans[rows[0]]
        cost = total(tree, rows) - longest(tree, rows)
        repeated = is_n_plus_one(span.type, len(rows), one_after_another(tree, rows))
        if repeated and cost >= SHARE * trace.duration:
            what = (
                f"{brief(span.name, span.resource)} × {len(rows)}, one after another, takes"
                f" {ms(total(tree, rows))} of {ms(trace.duration)}; the longest of them takes"
                f" {ms(longest(tree, rows))}, and so might one call for all"
            )
            yield Finding("n_plus_one", what, cost, ids(tree, rows), BATCH)
