"""Axes of charts: where a value is drawn, and which values get a label."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

LINEAR_TICKS = 5
"""Approximate number of labels on a linear axis."""
DURATION_TICKS = 7
"""Approximate number of labels on an axis of durations."""
LABELLED_PERCENTILES = (0, 50, 90, 95, 99, 99.9)
MAX_NINES = 3.2
"""Where the axis of percentiles ends, in nines: a little beyond 99.9 %."""
MIN_SPREAD = 0.2
"""Where all values lie within this share of the largest, an axis from 0 shows no difference."""
MARGIN = 0.25
"""Room below the smallest value of such an axis, as a share of the values' spread."""


@dataclass(frozen=True)
class Axis:
    """An axis; `place` maps a value to its position, 0 to 1."""

    place: Callable[[float], float]
    ticks: list[float]


def linear_axis(values: Iterable[float]) -> Axis:
    """Return an axis from 0 to a round number at or above the largest of `values`."""
    largest = max(values, default=0) or 1
    step = _round_step(largest / LINEAR_TICKS)
    count = math.ceil(largest / step - 1e-9)
    ticks = [step * index for index in range(count + 1)]
    return Axis(partial(_position, 0, step * count), ticks)


def logarithmic_axis(values: Iterable[float]) -> Axis:
    """Return an axis from a round number at or below the least positive value to one at or above
    the largest."""
    positive = [value for value in values if value > 0] or [1, 10]
    least, largest = min(positive), max(positive)
    powers = range(math.floor(math.log10(least)), math.floor(math.log10(largest)) + 2)
    marks = [10.0**power * digit for power in powers for digit in (1, 2, 5)]
    low = max(mark for mark in marks if mark <= least * 1.0001)
    high = min(mark for mark in marks if mark >= largest * 0.9999 and mark > low)
    ticks = [mark for mark in marks if low <= mark <= high]
    if len(ticks) > 2 * LINEAR_TICKS - 1:
        ticks = [mark for mark in ticks if math.isclose(math.log10(mark) % 1, 0, abs_tol=1e-9)]
    return Axis(
        lambda value: _position(math.log(low), math.log(high), math.log(max(value, low))), ticks
    )


def percentile_axis() -> Axis:
    """Return an axis that widens towards 100 %: from 90 to 99 is as far as from 99 to 99.9."""
    return Axis(lambda percent: min(_nines(percent) / MAX_NINES, 1.0), list(LABELLED_PERCENTILES))


@dataclass(frozen=True)
class DurationAxis:
    """A linear axis of durations, from `low` to `high` ns."""

    low: float
    high: float

    @classmethod
    def over(cls, durations: Iterable[float]) -> DurationAxis:
        """Return the axis for some durations: from 0, unless they are too close together."""
        values = list(durations)
        least, most = min([0.0, *values]), max(values, default=0.0)
        lowest = min(values, default=0.0)
        if least < 0 or most == lowest or most - lowest >= MIN_SPREAD * most:
            return cls(least, max(most, 1.0))
        return cls(max(0.0, lowest - MARGIN * (most - lowest)), most)

    @property
    def broken(self) -> bool:
        """Whether the axis begins above 0, so that a bar's length from its left end means
        nothing."""
        return self.low > 0

    def place(self, ns: float) -> float:
        """Return the position of a duration, in percent of the width."""
        return round(100 * (ns - self.low) / (self.high - self.low), 4)

    def ticks(self) -> list[float]:
        """Return round durations (ns) on the axis, at least one unit of the third digit apart."""
        third_digit = 10.0 ** (math.floor(math.log10(self.high)) - 2)
        step = _round_step(max((self.high - self.low) / DURATION_TICKS, third_digit))
        first = math.ceil(self.low / step - 1e-9)
        last = math.floor(self.high / step + 1e-9)
        return [step * index for index in range(first, last + 1)]


def _round_step(least: float) -> float:
    """Return the smallest of 1, 2, 5, 10, 20, … (or 0.5, 0.2, …) that is at least `least`."""
    power = 10.0 ** math.floor(math.log10(max(least, 1e-9)))
    return next(power * digit for digit in (1, 2, 5, 10) if power * digit >= least * 0.999)


def _nines(percent: float) -> float:
    return -math.log10(max(1 - percent / 100, 10**-MAX_NINES))


def _position(low: float, high: float, value: float) -> float:
    return (value - low) / (high - low) if high > low else 0.0
