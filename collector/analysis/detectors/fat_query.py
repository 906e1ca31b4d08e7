"""One query that takes nearly all the time."""

from __future__ import annotations

from collections.abc import Iterator

from collector.analysis.detectors.finding import STREAM_LESSON, Finding, brief, ms
from collector.analysis.trace import Trace

DATABASE_TYPES = frozenset(("sql", "db"))
"""Span types of queries. Not a cache's: it looks up one key, and if that is slow, no index would
help."""

MIN_CRITICAL_NS = 6_000_000
MIN_SHARE = 0.5
"""Share of the trace's critical path that the query must take."""


def fat_query(trace: Trace) -> Iterator[Finding]:
    """Find single database queries of 6 ms or more that half of the trace waits for: they read more
    than they return, for want of an index or a limit."""
    for span, critical in zip(trace.tree.spans, trace.critical_times, strict=True):
        is_query = (
            span.type in DATABASE_TYPES and not span.name.endswith(".wait") and not span.error
        )
        if is_query and critical >= max(MIN_CRITICAL_NS, MIN_SHARE * trace.duration):
            number = span.tags.get("rows", "")
            noun = "row" if number in (1, "1") else "rows"
            rows = "" if number == "" else f", for {number} {noun}"
            what = (
                f"{brief(span.name, span.resource)} takes {ms(span.duration)} of"
                f" {ms(trace.duration)} by itself{rows}"
            )
            yield Finding("fat_query", what, critical, [span.span_id], STREAM_LESSON)
