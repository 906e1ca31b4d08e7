"""A cache that is asked and never has it: the same is computed every time."""

from __future__ import annotations

from collections.abc import Sequence

from collector.analysis.cache_lookups import HIT, MISS, Seen
from collector.analysis.detectors.finding import CACHE, ms
from collector.analysis.detectors.many_traces import Across, by_question, repeated_work

REPEATS = 5
"""Fewer computations of something known are no pattern."""
HITS = 0.05
"""Share of the answers that could have come from the cache and did. With more it works."""


def is_never_cached(seen: Sequence[Seen]) -> bool:
    """Whether a cache keeps nothing: five or more of these lookups had to compute what another had
    computed before, and at most 5 % of those that could have been hits were."""
    hits = sum(each.lookup.outcome == HIT for each in seen)
    repeats = sum(len(group) - 1 for group in by_question(seen, MISS))
    return repeats >= REPEATS and hits <= HITS * (hits + repeats)


def never_cached(seen: Sequence[Seen]) -> Across | None:
    """What traces together say of one operation's lookups: the same was computed again and again,
    because nothing is ever kept."""
    if not is_never_cached(seen):
        return None
    groups = by_question(seen, MISS)
    again = [each for group in groups for each in group[1:]]
    most = max(groups, key=len)
    label = f" ({most[0].lookup.label})" if most[0].lookup.label else ""
    took = sum(each.lookup.duration for each in again)
    misses = sum(map(len, groups))
    what = (
        f"computed {misses:,} times, of which {len(again):,} times what had been computed before,"
        f" for {ms(took)} in all; the cache had it {len(seen) - misses:,} times. The same thing"
        f"{label} was computed {len(most):,} times"
    )
    return repeated_work("never_cached", what, again, CACHE)
