"""Calls that fail after a round number of milliseconds: a timeout guessed rather than measured."""

from __future__ import annotations

from collections.abc import Iterator

from collector.analysis.detectors.finding import CONTENTION_LESSON, Finding, brief, ms
from collector.analysis.detectors.siblings import DATASTORE_TYPES, ids, total
from collector.analysis.span_keys import Operation, operation_of
from collector.analysis.trace import Trace
from collector.counted import counted
from collector.model import Span

ROUND_MS = (100, 200, 250, 300, 500, 1000, 2000, 3000, 5000, 10_000, 15_000, 20_000, 30_000, 60_000)
"""Timeouts that people like to write down."""


def round_timeout(trace: Trace) -> Iterator[Finding]:
    """Find failed calls (by a client, or to a database or cache) that took a round number of ms, or
    up to 2 % or 10 ms more: a timer is never early, and takes a moment to be noticed."""
    tree = trace.tree
    timed_out: dict[tuple[Operation, int], list[int]] = {}
    for row, span in enumerate(tree.spans):
        timeout = _timeout(span)
        if timeout:
            timed_out.setdefault((operation_of(span), timeout), []).append(row)
    for (operation, timeout), rows in timed_out.items():
        times = "once" if len(rows) == 1 else counted(len(rows), "time")
        call = brief(operation.name, operation.resource)
        what = (
            f"{call} failed {times} after {ms(timeout)}, a timeout that looks guessed; that is"
            f" {ms(total(tree, rows))} of {ms(trace.duration)}"
        )
        yield Finding("round_timeout", what, total(tree, rows), ids(tree, rows), CONTENTION_LESSON)


def _timeout(span: Span) -> int:
    """Return the round number of ns after which a call seems to have timed out, 0 if it did not."""
    is_call = span.tags.get("span.kind") == "client" or span.type in DATASTORE_TYPES
    if span.error and is_call:
        for milliseconds in ROUND_MS:
            timeout = milliseconds * 1_000_000
            if timeout <= span.duration <= timeout + max(timeout // 50, 10_000_000):
                return timeout
    return 0
