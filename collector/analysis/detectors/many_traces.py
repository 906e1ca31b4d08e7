"""What only many traces together show."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from collector.analysis.cache_lookups import Seen


class Across(msgspec.Struct, frozen=True):
    """Trouble seen across traces, with the evidence. Weighted as in a fold."""

    kind: str
    """`never_cached`, `stampede`: the detector's name."""
    what: str
    """The evidence in one sentence, with numbers."""
    traces: int
    """Those that did something needless."""
    cost: int
    """Nanoseconds at stake, over all traces."""
    trace_id: str
    span_id: int
    """One that did."""
    lesson: str


def by_question(seen: Iterable[Seen], outcome: int) -> list[list[Seen]]:
    """The lookups with one outcome, those for the same thing together, each by start."""
    groups: dict[str, list[Seen]] = {}
    for each in seen:
        if each.lookup.outcome == outcome:
            groups.setdefault(each.lookup.wanted, []).append(each)
    for group in groups.values():
        group.sort(key=lambda each: (each.lookup.start, each.trace_id, each.lookup.span_id))
    return [groups[wanted] for wanted in sorted(groups)]


def repeated_work(
    kind: str, what: str, needless: Sequence[Seen], lesson: str, example: Seen | None = None
) -> Across:
    """Trouble that consists of needless computations; without an example the one that took about as
    long as the median."""
    if example is None:
        ordered = sorted(needless, key=lambda each: (each.lookup.duration, each.trace_id))
        example = ordered[(len(ordered) - 1) // 2]
    return Across(
        kind,
        what,
        sum({each.trace_id: each.weight for each in needless}.values()),
        sum(each.lookup.duration * each.weight for each in needless),
        example.trace_id,
        example.lookup.span_id,
        lesson,
    )
