"""A staircase: independent calls, each made only after the one before has been answered."""

from __future__ import annotations

from collections.abc import Iterator

from collector.analysis.detectors.finding import PARALLELIZE, Finding, brief, ms
from collector.analysis.detectors.siblings import (
    ids,
    like_siblings,
    longest,
    one_after_another,
    total,
)
from collector.analysis.repeats import DATASTORES
from collector.analysis.trace import Trace

CALLS = 3
SHARE = 0.1
"""Of the trace's duration that must be at stake."""


def sequential_fan_out(trace: Trace) -> Iterator[Finding]:
    """Three or more like calls, not to a store of data and not failed (they may be retries), one
    after another under one parent, where running them side by side (as long as the longest) would
    save 10 % of the trace."""
    tree = trace.tree
    for siblings in like_siblings(tree, at_least=CALLS):
        rows = [row for row in siblings if not tree.spans[row].error]
        if len(rows) < CALLS:
            continue
        span = tree.spans[rows[0]]
        cost = total(tree, rows) - longest(tree, rows)
        is_work = span.type not in DATASTORES and not span.name.endswith(".wait")
        if is_work and cost >= SHARE * trace.duration and one_after_another(tree, rows):
            what = (
                f"{brief(span.name, span.resource)} × {len(rows)}, one after another, takes"
                f" {ms(total(tree, rows))} of {ms(trace.duration)}; side by side it would take"
                f" {ms(longest(tree, rows))}, as long as the longest"
            )
            yield Finding("sequential_fan_out", what, cost, ids(tree, rows), PARALLELIZE)
