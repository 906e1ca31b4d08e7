"""The times of a span in formats that count microseconds."""

from __future__ import annotations

from typing import NamedTuple

from collector.model import Span


class Interval(NamedTuple):
    """When a span ran, in whole microseconds."""

    start: int
    duration: int


def interval_of(span: Span) -> Interval:
    """Return when a span ran.

    Start and end are rounded down, and the duration is what is between them: so a child never
    leaves its parent, nor do spans overlap that did not.
    """
    start = span.start // 1000
    return Interval(start, span.end // 1000 - start)
