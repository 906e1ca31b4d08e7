"""A cache that is asked and never has it: the same value is computed every time."""

from __future__ import annotations

from collections.abc import Sequence

from collector.analysis.cache_lookups import HIT, MISS, LookupInTrace
from collector.analysis.detectors.cross_trace_finding import (
    CrossTraceFinding,
    by_cache_key,
    repeated_work,
)
from collector.analysis.detectors.finding import CACHE_LESSON, ms
from collector.counted import counted

MIN_REPEATS = 5
"""Fewer computations of something computed before are not a pattern."""
MAX_HIT_SHARE = 0.05
"""Share of the answers that could have come from the cache and did. With more it works."""


def is_never_cached(lookups: Sequence[LookupInTrace]) -> bool:
    """Tell whether a cache keeps nothing: five or more of these lookups had to compute what another
    had computed before, and at most 5 % of those that could have been hits were."""
    hits = sum(seen.lookup.outcome == HIT for seen in lookups)
    repeats = sum(len(group) - 1 for group in by_cache_key(lookups, MISS))
    return repeats >= MIN_REPEATS and hits <= MAX_HIT_SHARE * (hits + repeats)


def never_cached(lookups: Sequence[LookupInTrace]) -> CrossTraceFinding | None:
    """Find one operation's lookups that compute the same again and again because nothing is ever
    kept."""
    if not is_never_cached(lookups):
        return None
    groups = by_cache_key(lookups, MISS)
    again = [seen for group in groups for seen in group[1:]]
    most = max(groups, key=len)
    label = f" ({most[0].lookup.label})" if most[0].lookup.label else ""
    took = sum(seen.lookup.duration for seen in again)
    misses = sum(map(len, groups))
    what = (
        f"computed {counted(misses, 'time')}, of which {counted(len(again), 'time')} what had been"
        f" computed before, for {ms(took)} in all; the cache had it"
        f" {counted(len(lookups) - misses, 'time')}. The same thing"
        f"{label} was computed {counted(len(most), 'time')}"
    )
    return repeated_work("never_cached", what, again, CACHE_LESSON)
