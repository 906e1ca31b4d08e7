"""A stampede: something expires from a cache, and everybody who wants it computes it anew."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from collector.analysis.cache_lookups import HIT, MISS, Seen
from collector.analysis.detectors.finding import CACHE, ms
from collector.analysis.detectors.many_traces import Across, by_question, repeated_work
from collector.analysis.detectors.never_cached import is_never_cached

TOGETHER = 3
"""Traces; two may meet by chance."""


def stampede(seen: Sequence[Seen]) -> Across | None:
    """What traces together say of one operation's lookups: three or more of them computed the same
    at the same time, each begun before the first had ended, after the cache had had it before.

    Silent about a cache that never has anything (`never_cached`): there everybody always computes.
    """
    if is_never_cached(seen):
        return None
    crowds = list(_crowds(seen))
    if not crowds:
        return None
    worst = max(crowds, key=len)
    first, last = worst[0].lookup, worst[-1].lookup
    label = f" ({first.label})" if first.label else ""
    what = (
        f"{len(worst)} traces computed the same{label} at the same time, all begun within"
        f" {ms(last.start - first.start)} while the first took {ms(first.duration)}; one could have"
        f" done it for all. That happened {len(crowds):,} {'times' if len(crowds) > 1 else 'time'}"
    )
    needless = [each for crowd in crowds for each in crowd[1:]]
    return repeated_work("stampede", what, needless, CACHE, example=worst[0])


def _crowds(seen: Sequence[Seen]) -> Iterator[list[Seen]]:
    """Computations of one thing by different traces, each begun before the first had ended."""
    first_hit: dict[str, int] = {}
    for each in seen:
        lookup = each.lookup
        if lookup.outcome == HIT:
            known = first_hit.get(lookup.wanted, lookup.start)
            first_hit[lookup.wanted] = min(known, lookup.start)
    for group in by_question(seen, MISS):
        had = first_hit.get(group[0].lookup.wanted)
        late = [each for each in group if had is not None and each.lookup.start > had]
        while late:
            ends = late[0].lookup.start + late[0].lookup.duration
            crowd = [each for each in late if each.lookup.start < ends]
            late = late[len(crowd) :]
            one_each = list({each.trace_id: each for each in reversed(crowd)}.values())[::-1]
            if len(one_each) >= TOGETHER:
                yield one_each
