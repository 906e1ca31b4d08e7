"""Where spans with impossible times are shown: where their relatives are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timezone
from typing import NamedTuple

import msgspec

from collector.model import Span


class Interval(NamedTuple):
    """A time, ns since 1970."""

    start: int
    end: int


def place_untimed(spans: Sequence[Span], parent: Sequence[int]) -> list[Span]:
    """Return the spans of a trace, parents first, with a start and a duration for each that has
    impossible ones. `parent` has the index of each one's parent, -1 for none.

    Such a span is around the next ones below it whose times are possible; if there are none it
    begins with its parent and takes no time. A trace without any possible time is where it was
    received.
    """
    known = [Interval(s.start, s.end) if s.timed else None for s in spans]
    for row in range(len(spans) - 1, -1, -1):
        here, above = known[row], parent[row]
        if here and above >= 0 and not spans[above].timed:
            known[above] = _around(known[above], here)
    first = min((span.start for span in spans if span.timed), default=0)
    first = first or min((span.arrived for span in spans), default=0)
    placed: list[Span] = []
    for span, interval, above in zip(spans, known, parent, strict=True):
        if span.timed:
            placed.append(span)
            continue
        start = placed[above].start if above >= 0 else first
        start, end = interval or (start, start)
        placed.append(msgspec.structs.replace(span, start=start, duration=end - start))
    return placed


def _around(one: Interval | None, other: Interval) -> Interval:
    if one is None:
        return other
    return Interval(min(one.start, other.start), max(one.end, other.end))


def claim_of(span: Span) -> str:
    """Return what a span says whose times are impossible, for people."""
    start = datetime.fromtimestamp(span.start / 1e9, timezone.utc)
    return (
        f"it says that it began at {start:%Y-%m-%d %H:%M} UTC and took {span.duration / 1e9:g} s;"
        " it is shown where its relatives are"
    )
