"""One query that takes nearly all the time."""

from __future__ import annotations

from collections.abc import Iterator

from collector.analysis.detectors.finding import STREAM_LESSON, Finding, brief, ms
from collector.analysis.detectors.idle_spans import is_wait
from collector.analysis.span_keys import operation_of
from collector.analysis.statements import looks_for_rows
from collector.analysis.trace import Trace

MIN_CRITICAL_NS = 6_000_000
MIN_SHARE = 0.5
"""Share of the trace's critical path that the query must take."""


def fat_query(trace: Trace) -> Iterator[Finding]:
    """Find single database queries of 6 ms or more that half of the trace waits for: they read more
    than they return, for want of an index or a limit. What looks for nothing (a commit, an insert,
    a lock, a definition) is none, and neither is a cache's look-up by its key."""
    for span, critical in zip(trace.tree.spans, trace.critical_times, strict=True):
        if critical < max(MIN_CRITICAL_NS, MIN_SHARE * trace.duration):
            continue
        if looks_for_rows(span) and not is_wait(span) and not span.error:
            operation = operation_of(span)
            number = span.tags.get("rows", "")
            noun = "row" if number in (1, "1") else "rows"
            rows = "" if number == "" else f", for {number} {noun}"
            what = (
                f"{brief(operation)} takes {ms(span.duration)} of"
                f" {ms(trace.duration)} by itself{rows}"
            )
            yield Finding("fat_query", what, critical, [span.span_id], STREAM_LESSON)
