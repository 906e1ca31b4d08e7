"""A stampede: something expires from a cache, and everybody who wants it computes it again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from collector.analysis.cache_lookups import HIT, MISS, LookupInTrace
from collector.analysis.detectors.cross_trace_finding import (
    CrossTraceFinding,
    by_cache_key,
    repeated_work,
)
from collector.analysis.detectors.finding import CACHE_LESSON, ms
from collector.analysis.detectors.never_cached import is_never_cached
from collector.counted import counted

MIN_TRACES = 3
"""Traces of a crowd; two may meet by chance."""


def stampede(lookups: Sequence[LookupInTrace]) -> CrossTraceFinding | None:
    """Find one operation's lookups of which three or more computed the same at the same time, in
    different traces, each begun before the first had ended, after the cache had had it before.

    Silent about a cache that never has anything (`never_cached`): there everybody always computes.
    """
    if is_never_cached(lookups):
        return None
    crowds = list(_crowds(lookups))
    if not crowds:
        return None
    worst = max(crowds, key=len)
    first, last = worst[0].lookup, worst[-1].lookup
    label = f" ({first.label})" if first.label else ""
    what = (
        f"{counted(len(worst), 'trace')} computed the same{label} at the same time, all begun"
        f" within {ms(last.start - first.start)} while the first took {ms(first.duration)}; one"
        f" could have done it for all. That happened {counted(len(crowds), 'time')}"
    )
    needless = [seen for crowd in crowds for seen in crowd[1:]]
    return repeated_work("stampede", what, needless, CACHE_LESSON, example=worst[0])


def _crowds(lookups: Sequence[LookupInTrace]) -> Iterator[list[LookupInTrace]]:
    """Yield the computations of one thing by different traces, each begun before the first had
    ended."""
    first_hit: dict[str, int] = {}
    for seen in lookups:
        lookup = seen.lookup
        if lookup.outcome == HIT:
            earliest = first_hit.get(lookup.cache_key, lookup.start)
            first_hit[lookup.cache_key] = min(earliest, lookup.start)
    for group in by_cache_key(lookups, MISS):
        cached_from = first_hit.get(group[0].lookup.cache_key)
        late = [
            seen for seen in group if cached_from is not None and seen.lookup.start > cached_from
        ]
        while late:
            first_end = late[0].lookup.start + late[0].lookup.duration
            crowd = [seen for seen in late if seen.lookup.start < first_end]
            late = late[len(crowd) :]
            one_each = list({seen.trace_id: seen for seen in reversed(crowd)}.values())[::-1]
            if len(one_each) >= MIN_TRACES:
                yield one_each
