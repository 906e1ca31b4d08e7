"""Distributions that can be added: a bar for every 2 % of duration.

A histogram is a dict from bar number to weight. Two are merged by adding, in any order, and every
percentile read from it lies within 1 % of the true one, however many values it holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import ceil, log
from typing import TypeVar

ACCURACY = 0.01
GAMMA = (1 + ACCURACY) / (1 - ACCURACY)
_BARS_PER_E = 1 / log(GAMMA)
ZERO = -1
"""The bar of durations of 0 ns."""

Histogram = dict[int, int]
Key = TypeVar("Key", int, str)


def bar(nanoseconds: int) -> int:
    """The number of the bar a duration falls into: bar `i` holds γ^(i-1) < x <= γ^i, γ = 1.01/0.99.

    DDSketch (Masson, Rim and Lee, VLDB 2019): logarithmic bars have a bounded *relative* error,
    where bars of equal width would be too coarse for 1 ms or too many for 1 s.
    """
    return ceil(log(nanoseconds) * _BARS_PER_E) if nanoseconds > 0 else ZERO


def middle(number: int) -> int:
    """The duration in ns that stands for a bar: within 1 % of all it holds (and rounded)."""
    return round(2 * GAMMA**number / (GAMMA + 1)) if number > ZERO else 0


def edges(number: int) -> tuple[float, float]:
    """The bar's lower (exclusive) and upper (inclusive) bound in ns, for drawing it."""
    return (GAMMA ** (number - 1), GAMMA**number) if number > ZERO else (0, 0)


def histogram(durations: Iterable[int], weight: int = 1) -> Histogram:
    """The distribution of some durations in ns, each counted `weight` times."""
    bars: Histogram = {}
    for duration in durations:
        number = bar(duration)
        bars[number] = bars.get(number, 0) + weight
    return bars


def add_counts(into: dict[Key, int], counts: Mapping[Key, int]) -> None:
    """Add the second distribution to the first, whatever its bars are."""
    for key, weight in counts.items():
        into[key] = into.get(key, 0) + weight


def add_all_counts(into: dict[Key, int], many: Iterable[Mapping[Key, int]]) -> None:
    """Add many distributions to the first."""
    get = into.get
    for counts in many:
        for key, weight in counts.items():
            into[key] = get(key, 0) + weight


def quantile(bars: Histogram, share: float) -> int:
    """The duration in ns that `share` (0 to 1) of the values do not exceed, to within 1 %.

    Nearest rank: the smallest value such that at least that share of the weight is at or below it.
    0 for an empty histogram.
    """
    number = quantile_bar(bars, share)
    return 0 if number is None else middle(number)


def quantile_bar(bars: Histogram, share: float) -> int | None:
    """The number of the bar in which that quantile lies; None if the histogram is empty."""
    wanted = share * sum(bars.values()) * (1 - 1e-12)  # 0.07 * 100 is a little more than 7
    reached = 0
    number = None
    for number in sorted(bars):
        reached += bars[number]
        if reached >= wanted:
            break
    return number


def rank(bars: Histogram, duration: int) -> float:
    """The share (0 to 1) of the values that are shorter than a duration, those in its own bar
    counted half: where one span stands among its likes. 0.5 for an empty histogram."""
    number = bar(duration)
    shorter = sum(weight for other, weight in bars.items() if other < number)
    total = sum(bars.values())
    return (shorter + bars.get(number, 0) / 2) / total if total else 0.5
