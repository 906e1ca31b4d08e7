"""Percentiles, exact or read from a histogram, and the rank of one duration among many.

Every percentile is found by nearest rank: it is the smallest value such that at least that share of
the weight is at or below it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate
from operator import mul
from typing import NamedTuple, TypeVar

import msgspec

from collector.analysis.histogram import Histogram, bar, middle

Number = TypeVar("Number", int, float)

_ROUNDING = 1 - 1e-12
"""Keeps a float from asking for one value too many: 0.07 * 100 is a little more than 7."""


class Percentiles(msgspec.Struct, frozen=True):
    """Percentiles read from a histogram, within 1 %; in ns."""

    p50: int
    p95: int
    p99: int


class Latency(msgspec.Struct, frozen=True):
    """Mean and exact percentiles of some durations, each with its weight; in ns."""

    mean: float
    p50: int
    p95: int
    p99: int


class InOrder(NamedTuple):
    """Durations in ns from the shortest to the longest, each with its weight."""

    durations: Sequence[int]
    weights: Sequence[int]
    cumulated: Sequence[int]
    """The sum of the weights up to each duration and its own."""

    @property
    def mean(self) -> float:
        """The mean of one or more durations."""
        return sum(map(mul, self.durations, self.weights)) / self.cumulated[-1]

    def place(self, share: float) -> int:
        """Return the index of the first duration at which the cumulated weight reaches a share (0
        to 1); their number if that is more than all of it."""
        return bisect_left(self.cumulated, _weight_at(share, self.cumulated[-1]))

    def at(self, share: float) -> int:
        """Return the percentile at a share (0 to 1)."""
        return self.durations[self.place(share)]


def in_order(durations: Sequence[int], weights: Sequence[int]) -> InOrder:
    """Return some durations in order; each has the weight at the same index."""
    if len(set(weights)) == 1:  # sorting numbers takes a fraction of the time that pairs take
        step = weights[0]
        return InOrder(sorted(durations), weights, range(step, step * len(weights) + 1, step))
    pairs = sorted(zip(durations, weights, strict=True))
    ordered_weights = [weight for _, weight in pairs]
    cumulated = list(accumulate(ordered_weights))
    return InOrder([duration for duration, _ in pairs], ordered_weights, cumulated)


def latency(durations: Sequence[int], weights: Sequence[int]) -> Latency:
    """Return the mean and the percentiles of weighted durations in ns, all 0 if there are none."""
    if not durations:
        return Latency(0.0, 0, 0, 0)
    ordered = in_order(durations, weights)
    return Latency(ordered.mean, ordered.at(0.5), ordered.at(0.95), ordered.at(0.99))


def at_shares(
    durations: Sequence[int], weights: Sequence[int], shares: Sequence[float]
) -> list[int]:
    """Return the percentiles of weighted durations in ns at some shares (0 to 1), all 0 if there
    are no durations."""
    if not durations:
        return [0] * len(shares)
    ordered = in_order(durations, weights)
    return [ordered.at(share) for share in shares]


def nearest_rank(ordered: Sequence[Number], share: float) -> Number | None:
    """Return the smallest value that at least `share` (0 to 1) of these ascending values do not
    exceed; None if there are no values."""
    if not ordered:
        return None
    return ordered[bisect_left(range(1, len(ordered) + 1), _weight_at(share, len(ordered)))]


def _weight_at(share: float, total: int) -> float:
    """Return the cumulated weight that the value at a share has to reach."""
    return share * total * _ROUNDING


def percentiles(bars: Histogram) -> Percentiles:
    """Return the p50, p95 and p99 of a distribution in ns, all 0 if it is empty."""
    return Percentiles(quantile(bars, 0.5), quantile(bars, 0.95), quantile(bars, 0.99))


def quantile(bars: Histogram, share: float) -> int:
    """Return the duration in ns that `share` (0 to 1) of the values do not exceed, within 1 %; 0 if
    the histogram is empty."""
    number = quantile_bar(bars, share)
    return 0 if number is None else middle(number)


def quantile_bar(bars: Histogram, share: float) -> int | None:
    """Return the number of the bar in which that quantile is; None if the histogram is empty."""
    needed = _weight_at(share, sum(bars.values()))
    reached = 0
    number = None
    for number in sorted(bars):
        reached += bars[number]
        if reached >= needed:
            break
    return number


def rank(bars: Histogram, duration: int) -> float:
    """Return the share (0 to 1) of the values that are shorter than a duration, counting those in
    its own bar half: its place among spans of the same kind. 0.5 if the histogram is empty."""
    number = bar(duration)
    shorter = sum(weight for other, weight in bars.items() if other < number)
    total = sum(bars.values())
    return (shorter + bars.get(number, 0) / 2) / total if total else 0.5
