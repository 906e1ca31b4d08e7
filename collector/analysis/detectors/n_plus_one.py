"""N+1: a query for a list, then one more query for each item in it."""

from __future__ import annotations

from collections.abc import Iterator

from collector.analysis.detectors.finding import BATCH_LESSON, Finding, brief, ms
from collector.analysis.detectors.siblings import (
    DATASTORE_TYPES,
    ids,
    longest,
    one_after_another,
    same_siblings,
    total,
)
from collector.analysis.trace import Trace

MIN_CALLS = 5
"""Fewer calls are not a pattern. Sentry's detector of N+1 queries starts at five as well."""
MIN_SHARE = 0.02
"""Share of the trace's duration to be saved; less is not worth a fix."""


def is_n_plus_one(type: str, times: int, one_after_another: bool) -> bool:
    """Tell whether one visit that makes `times` calls is an N+1: it asked for a list, and then for
    each of its N rows with one more query, each waiting for the previous one."""
    return type in DATASTORE_TYPES and times >= MIN_CALLS and one_after_another


def n_plus_one(trace: Trace) -> Iterator[Finding]:
    """Find five or more calls of one operation of a database or cache, one after another under one
    parent, that together take 2 % of the trace. One call for all would take about as long as the
    longest of them."""
    tree = trace.tree
    for rows in same_siblings(tree, at_least=MIN_CALLS):
        span = tree.spans[rows[0]]
        cost = total(tree, rows) - longest(tree, rows)
        repeated = is_n_plus_one(span.type, len(rows), one_after_another(tree, rows))
        if repeated and cost >= MIN_SHARE * trace.duration:
            what = (
                f"{brief(span.name, span.resource)} × {len(rows)}, one after another, takes"
                f" {ms(total(tree, rows))} of {ms(trace.duration)}; the longest of them takes"
                f" {ms(longest(tree, rows))}, and so might one call for all"
            )
            yield Finding("n_plus_one", what, cost, ids(tree, rows), BATCH_LESSON)
