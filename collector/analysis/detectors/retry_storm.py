"""Retries without a pause: the same call again at once, though it has just failed."""

from __future__ import annotations

from collections.abc import Iterator

from collector.analysis.detectors.finding import CONTENTION_LESSON, Finding, brief, ms
from collector.analysis.detectors.siblings import ids, same_siblings, total
from collector.analysis.trace import Trace
from collector.analysis.tree import Tree
from collector.counted import counted

MAX_PAUSE_SHARE = 0.1
"""Pause before a retry, as a share of the failed call's duration. A longer one is backing off."""


def retry_storm(trace: Trace) -> Iterator[Finding]:
    """Find two or more calls of one operation under one parent that failed in a row, each begun
    within 10 % of the failed one's duration after it."""
    tree = trace.tree
    for rows in same_siblings(tree, at_least=2):
        for run in _failing_runs(tree, rows):
            span = tree.spans[run[0]]
            cost = total(tree, run)
            what = (
                f"{brief(span.name, span.resource)} failed {counted(len(run), 'time')} in a row,"
                f" tried again at once each time, for {ms(cost)} of {ms(trace.duration)}"
            )
            yield Finding("retry_storm", what, cost, ids(tree, run), CONTENTION_LESSON)


def _failing_runs(tree: Tree, rows: list[int]) -> Iterator[list[int]]:
    """Yield runs of two or more failed calls that follow each other at once."""
    run: list[int] = []
    for row in rows:
        failed = bool(tree.spans[row].error)
        if failed and run and _at_once(tree, run[-1], row):
            run.append(row)
            continue
        if len(run) > 1:
            yield run
        run = [row] if failed else []
    if len(run) > 1:
        yield run


def _at_once(tree: Tree, before: int, row: int) -> bool:
    pause = tree.start[row] - tree.end[before]
    return 0 <= pause <= MAX_PAUSE_SHARE * tree.spans[before].duration
