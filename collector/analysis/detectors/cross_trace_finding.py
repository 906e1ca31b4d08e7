"""A problem that only many traces together show, with the evidence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from collector.analysis.cache_lookups import LookupInTrace


class CrossTraceFinding(msgspec.Struct, frozen=True):
    """A problem seen across traces. Numbers are weighted as in a fold."""

    kind: str
    """The detector's name: `never_cached` or `stampede`."""
    what: str
    """The evidence in one sentence, with numbers."""
    traces: int
    """Traces that did something needless."""
    cost: int
    """Nanoseconds at stake, over all traces."""
    trace_id: str
    """An example: a trace that did something needless."""
    span_id: int
    """The span that did it in that trace."""
    lesson: str
    """The folder of the lesson that deals with it."""


def by_cache_key(lookups: Iterable[LookupInTrace], outcome: int) -> list[list[LookupInTrace]]:
    """Return the lookups with one outcome in groups that ask for the same thing, each by start."""
    groups: dict[str, list[LookupInTrace]] = {}
    for seen in lookups:
        if seen.lookup.outcome == outcome:
            groups.setdefault(seen.lookup.cache_key, []).append(seen)
    for group in groups.values():
        group.sort(key=lambda seen: (seen.lookup.start, seen.trace_id, seen.lookup.span_id))
    return [groups[cache_key] for cache_key in sorted(groups)]


def repeated_work(
    kind: str,
    what: str,
    needless: Sequence[LookupInTrace],
    lesson: str,
    example: LookupInTrace | None = None,
) -> CrossTraceFinding:
    """Return a finding that consists of needless computations. Without an example it shows one that
    took about as long as the median."""
    if example is None:
        ordered = sorted(needless, key=lambda seen: (seen.lookup.duration, seen.trace_id))
        example = ordered[(len(ordered) - 1) // 2]
    return CrossTraceFinding(
        kind,
        what,
        sum({seen.trace_id: seen.weight for seen in needless}.values()),
        sum(seen.lookup.duration * seen.weight for seen in needless),
        example.trace_id,
        example.lookup.span_id,
        lesson,
    )
