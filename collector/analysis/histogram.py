"""Distributions that can be added: a bar for every 2 % of duration.

A histogram is a dict from bar number to weight. Two are merged by adding, in any order, and every
percentile read from the sum is within 1 % of the true one, however many values it holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import ceil, log
from typing import TypeVar

ACCURACY = 0.01
"""Largest relative error of a value read from a bar."""
GAMMA = (1 + ACCURACY) / (1 - ACCURACY)
"""Ratio of a bar's upper to its lower bound."""
_BARS_PER_E = 1 / log(GAMMA)
ZERO_BAR = -1
"""The bar of durations of 0 ns."""

Histogram = dict[int, int]
"""Weight by bar number."""
Key = TypeVar("Key", int, str)


def bar(nanoseconds: int) -> int:
    """Return the number of the bar of a duration: bar `i` holds γ^(i-1) < x <= γ^i, γ = 1.01/0.99.

    DDSketch (Masson, Rim and Lee, VLDB 2019): logarithmic bars have a bounded *relative* error,
    where bars of equal width would be too coarse for 1 ms or too many for 1 s.
    """
    return ceil(log(nanoseconds) * _BARS_PER_E) if nanoseconds > 0 else ZERO_BAR


def middle(number: int) -> int:
    """Return the duration in ns that represents a bar: within 1 % of all it holds (and rounded)."""
    return round(2 * GAMMA**number / (GAMMA + 1)) if number > ZERO_BAR else 0


def histogram(durations: Iterable[int], weight: int = 1) -> Histogram:
    """Return the distribution of some durations in ns, each counted `weight` times."""
    bars: Histogram = {}
    for duration in durations:
        number = bar(duration)
        bars[number] = bars.get(number, 0) + weight
    return bars


def add_counts(into: dict[Key, int], counts: Mapping[Key, int]) -> None:
    """Add the second distribution to the first, whatever its keys are."""
    for key, weight in counts.items():
        into[key] = into.get(key, 0) + weight


def add_all_counts(into: dict[Key, int], many: Iterable[Mapping[Key, int]]) -> None:
    """Add many distributions to the first."""
    get = into.get
    for counts in many:
        for key, weight in counts.items():
            into[key] = get(key, 0) + weight
