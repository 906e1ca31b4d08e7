"""One query that takes nearly all the time."""

from __future__ import annotations

from collections.abc import Iterator

from collector.analysis.detectors.finding import STREAM, Finding, brief, ms
from collector.analysis.trace import Trace

DATABASES = frozenset(("sql", "db"))
"""A cache looks one key up: if that takes long, no index would help."""

LEAST = 6_000_000
SHARE = 0.5
"""Of the trace's critical path."""


def fat_query(trace: Trace) -> Iterator[Finding]:
    """A single query of a database of 6 ms or more that half of the trace waits for: it reads
    more than it gives back, for want of an index or a limit."""
    for span, critical in zip(trace.tree.spans, trace.critical, strict=True):
        is_query = span.type in DATABASES and not span.name.endswith(".wait") and not span.error
        if is_query and critical >= LEAST and critical >= SHARE * trace.duration:
            rows = f", for {span.tags['rows']} rows" if "rows" in span.tags else ""
            what = (
                f"{brief(span.name, span.resource)} takes {ms(span.duration)} of"
                f" {ms(trace.duration)} by itself{rows}"
            )
            yield Finding("fat_query", what, critical, [span.span_id], STREAM)
