"""Spans whose times cannot be true: a start of 0, milliseconds taken for nanoseconds, a clock years
ahead. One such span would make its trace last for decades, and every axis useless."""

from __future__ import annotations

from collections.abc import Iterable

from collector.model import Chunk, Span

EARLIEST_START_NS = 946_684_800 * 10**9
"""2000-01-01. No tracer is that old; milliseconds and microseconds since 1970, taken for
nanoseconds, are in January 1970."""
MAX_AHEAD_NS = 86_400 * 10**9
"""How long after its arrival a span may end: a day, for clocks set to the wrong time zone."""
MAX_DURATION_NS = 366 * 86_400 * 10**9
"""A longer span is a mistake: a leap year."""


def has_impossible_time(span: Span, arrived: int) -> bool:
    """Return whether a span that arrived at a moment (ns since 1970) cannot have been when it says.

    However old it is does not matter as long as it is of this century: traces may be imported.
    """
    return (
        span.start < EARLIEST_START_NS
        or not 0 <= span.duration <= MAX_DURATION_NS
        or span.start + span.duration > arrived + MAX_AHEAD_NS
    )


def mark_impossible_times(chunks: Iterable[Chunk], arrived: int) -> int:
    """Note on each span with an impossible time when it arrived; return how many there are."""
    latest = arrived + MAX_AHEAD_NS
    marked = 0
    for chunk in chunks:
        for span in chunk.spans:
            # Nearly every span is recent and short, and this tells so at once.
            start, duration = span.start, span.duration
            if arrived < start + MAX_DURATION_NS and duration >= 0 and start + duration <= latest:
                continue
            if has_impossible_time(span, arrived):
                span.arrived = arrived
                marked += 1
    return marked
