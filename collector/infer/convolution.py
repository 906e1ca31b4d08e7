"""Who calls whom, from nothing but the moments at which each service is called.

If calls of B follow calls of A after about the same time, again and again, the cross-correlation of
the two series has a peak at that delay; where they have nothing to do with each other, it is flat.
This is the convolution algorithm of Aguilera et al., *Performance debugging for distributed systems
of black boxes* (SOSP 2003), counted pair by pair rather than by Fourier transform, because the
series are sparse.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import permutations
from typing import NamedTuple

from collector.infer.records import Record

BIN_NS = 25_000_000
"""Delays that differ by less, or by less than the records' own resolution, are not told apart."""
BINS = 80
"""Delays that are looked for: up to 2 s, if records are exact enough."""
DEVIATIONS = 4.0
"""A peak is this many standard deviations above the rest."""
MAX_NEIGHBOURS = 200
"""Later calls with which one is compared."""
MAX_SERVICES = 40
"""Services that are compared, those with the most records."""


class Correlation(NamedTuple):
    """A service whose calls follow those of another."""

    caller: str
    called: str
    calls: int
    """Calls in the peak, above what is there at other delays."""
    delay: int
    """The delay at the peak, ns."""
    confidence: float
    """Share of the called service's calls that are in the peak, 0 to 1."""


def correlate(records: Sequence[Record]) -> list[Correlation]:
    """Return who follows whom. Of two services that follow each other the one with the larger peak
    is the called one.

    Logs often have the moment at which an answer was given, and then the one called comes first:
    such series are compared backwards in time.
    """
    starts: dict[str, list[int]] = defaultdict(list)
    ends: dict[str, list[int]] = defaultdict(list)
    for record in records:
        starts[record.service].append(record.start)
        ends[record.service].append(-record.end)
    backwards = {record.service for record in records if not record.has_duration}
    width = max(BIN_NS, max((record.resolution for record in records), default=0))
    most = sorted(starts, key=lambda name: (-len(starts[name]), name))[:MAX_SERVICES]
    for name in most:
        starts[name].sort()
        ends[name].sort()
    found: dict[tuple[str, str], Correlation] = {}
    for pair in permutations(most, 2):
        moments = ends if backwards.intersection(pair) else starts
        if peak := _peak(*pair, moments[pair[0]], moments[pair[1]], width):
            found[pair] = peak
    return [
        peak
        for (caller, called), peak in found.items()
        if _is_stronger(peak, found.get((called, caller)))
    ]


def _is_stronger(peak: Correlation, opposite: Correlation | None) -> bool:
    return opposite is None or (peak.confidence, -peak.delay) > (
        opposite.confidence,
        -opposite.delay,
    )


def _peak(
    caller: str, called: str, first: Sequence[int], then: Sequence[int], width: int
) -> Correlation | None:
    """Return the peak of the correlation of two series, None if it has none."""
    counts: Counter[int] = Counter()
    for moment in first:
        begin = bisect_left(then, moment)
        for later in then[begin : begin + MAX_NEIGHBOURS]:
            if later - moment >= width * BINS:
                break
            counts[(later - moment) // width] += 1
    if not counts:
        return None
    values = [counts.get(number, 0) for number in range(BINS)]
    rest = sorted(values)[: BINS * 3 // 4]
    mean = sum(rest) / len(rest)
    deviation = math.sqrt(sum((value - mean) ** 2 for value in rest) / len(rest))
    limit = mean + DEVIATIONS * max(1.0, deviation, math.sqrt(mean))
    best = max(range(BINS), key=values.__getitem__)
    if values[best] <= limit:
        return None
    above = sum(value - mean for value in values if value > limit)
    calls = min(len(then), round(above))
    return Correlation(caller, called, calls, best * width, min(1.0, above / len(then)))
