"""An axis of durations: from where to where, and which round numbers to name on it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil, floor, log10

NEAR = 0.2
"""Where all values lie within this share of the largest, an axis from 0 shows no difference."""
MARGIN = 0.25
TICKS = 7


@dataclass(frozen=True)
class Scale:
    """A linear axis, in ns."""

    low: float
    high: float

    @classmethod
    def over(cls, values: Iterable[float]) -> Scale:
        """The axis for some values: from 0, unless they are too near each other."""
        found = list(values)
        least, most = min([0.0, *found]), max(found, default=0.0)
        lowest = min(found, default=0.0)
        if least < 0 or most == lowest or most - lowest >= NEAR * most:
            return cls(least, max(most, 1.0))
        return cls(max(0.0, lowest - MARGIN * (most - lowest)), most)

    @property
    def broken(self) -> bool:
        """Whether it begins above 0: then lengths of bars from its left end mean nothing."""
        return self.low > 0

    def place(self, value: float) -> float:
        """Where a value stands, in percent of the width."""
        return round(100 * (value - self.low) / (self.high - self.low), 4)

    def ticks(self) -> list[float]:
        """Round numbers on the axis, no nearer to each other than three digits can tell."""
        told = 10.0 ** (floor(log10(self.high)) - 2)
        step = _round_step(max((self.high - self.low) / TICKS, told))
        first, last = ceil(self.low / step - 1e-9), floor(self.high / step + 1e-9)
        return [step * at for at in range(first, last + 1)]


def _round_step(least: float) -> float:
    power = 10.0 ** floor(log10(max(least, 1e-9)))
    return next((power * by for by in (1, 2, 5) if power * by >= least), power * 10)
