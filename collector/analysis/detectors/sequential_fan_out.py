"""A staircase: independent calls, each made only after the previous one has been answered."""

from __future__ import annotations

from collections.abc import Iterator

from collector.analysis.detectors.finding import PARALLELIZE_LESSON, Finding, brief, ms
from collector.analysis.detectors.siblings import (
    DATASTORE_TYPES,
    ids,
    longest,
    one_after_another,
    same_siblings,
    total,
)
from collector.analysis.trace import Trace

MIN_CALLS = 3
MIN_SHARE = 0.1
"""Share of the trace's duration that must be at stake."""


def sequential_fan_out(trace: Trace) -> Iterator[Finding]:
    """Find three or more calls of one operation, not of a database or cache and not failed (they
    may be retries), one after another under one parent, if running them side by side (as long as
    the longest) would save 10 % of the trace."""
    tree = trace.tree
    for siblings in same_siblings(tree, at_least=MIN_CALLS):
        rows = [row for row in siblings if not tree.spans[row].error]
        if len(rows) < MIN_CALLS:
            continue
        span = tree.spans[rows[0]]
        cost = total(tree, rows) - longest(tree, rows)
        is_work = span.type not in DATASTORE_TYPES and not span.name.endswith(".wait")
        if is_work and cost >= MIN_SHARE * trace.duration and one_after_another(tree, rows):
            what = (
                f"{brief(span.name, span.resource)} × {len(rows)}, one after another, takes"
                f" {ms(total(tree, rows))} of {ms(trace.duration)}; side by side it would take"
                f" {ms(longest(tree, rows))}, as long as the longest"
            )
            yield Finding("sequential_fan_out", what, cost, ids(tree, rows), PARALLELIZE_LESSON)
