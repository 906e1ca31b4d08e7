"""Axes of a chart: where a value stands between 0 and 1, and which values to name."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

STEPS = (1, 2, 5, 10)
TICKS = 5
"""Values that are named on a linear axis, about."""
NINES = (0, 50, 90, 95, 99, 99.9)
"""Percentiles that are named on their axis."""
MOST_NINES = 3.2
"""Where that axis ends: a little beyond 99.9 %."""


@dataclass(frozen=True)
class Axis:
    """`place` says where a value stands, from 0 to 1."""

    place: Callable[[float], float]
    ticks: list[float]


def linear(values: Iterable[float]) -> Axis:
    """From 0 to a round number at or above the largest of `values`."""
    largest = max(values, default=0) or 1
    rough = largest / TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * each for each in STEPS if power * each >= rough * 0.999)
    count = math.ceil(largest / step - 1e-9)
    return Axis(partial(_between, 0, step * count), [step * at for at in range(count + 1)])


def logarithmic(values: Iterable[float]) -> Axis:
    """From a round number at or below the least of `values` to one at or above the largest."""
    found = [value for value in values if value > 0] or [1, 10]
    marks = [
        10.0**power * each
        for power in range(
            math.floor(math.log10(min(found))), math.floor(math.log10(max(found))) + 2
        )
        for each in (1, 2, 5)
    ]
    low = max(mark for mark in marks if mark <= min(found) * 1.0001)
    high = min(mark for mark in marks if mark >= max(found) * 0.9999 and mark > low)
    within = [mark for mark in marks if low <= mark <= high]
    if len(within) > 2 * TICKS - 1:
        within = [mark for mark in within if math.isclose(math.log10(mark) % 1, 0, abs_tol=1e-9)]
    return Axis(
        lambda value: _between(math.log(low), math.log(high), math.log(max(value, low))), within
    )


def nines() -> Axis:
    """Percentiles, the higher the wider: from 90 to 99 is as far as from 99 to 99.9."""
    return Axis(lambda share: min(_nines(share) / MOST_NINES, 1.0), list(NINES))


def _nines(share: float) -> float:
    return -math.log10(max(1 - share / 100, 10**-MOST_NINES))


def _between(low: float, high: float, value: float) -> float:
    return (value - low) / (high - low) if high > low else 0.0
