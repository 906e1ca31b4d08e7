"""Bars of a chart of durations, with bounds that people can read: 1 ms, 1.2 ms, 1.5 ms, …"""

from __future__ import annotations

from bisect import bisect_left
from itertools import pairwise

MAX_BARS = 36

_24 = "1 1.1 1.2 1.3 1.5 1.6 1.8 2 2.2 2.4 2.7 3 3.3 3.6 3.9 4.3 4.7 5.1 5.6 6.2 6.8 7.5 8.2 9.1"
_STEPS: tuple[tuple[float, ...], ...] = (
    tuple(round(10 ** (step / 96), 2) for step in range(96)),
    tuple(round(10 ** (step / 48), 2) for step in range(48)),
    tuple(map(float, _24.split())),
    tuple(map(float, _24.split()[::2])),
    (1, 1.5, 2, 3, 5, 7),
    (1, 2, 5),
    (1,),
)
"""Bounds of one decade: the preferred numbers of IEC 60063, and coarser ones."""


class DurationBars:
    """Bars from short to long, wide enough for all of some durations."""

    def __init__(self, shortest: int, longest: int) -> None:
        """Take the finest bars of which `MAX_BARS` reach from the shortest to the longest duration,
        both in ns."""
        for steps in _STEPS:
            self._bounds = _bounds(steps, shortest, longest)
            if len(self._bounds) <= MAX_BARS + 1:
                return

    def __len__(self) -> int:
        return len(self._bounds) - 1

    def number_of(self, duration: int) -> int:
        """Return the number of the bar of a duration in ns: low < duration <= high."""
        return min(max(bisect_left(self._bounds, duration) - 1, 0), len(self._bounds) - 2)

    def json(self) -> list[dict[str, int]]:
        """Return the bounds of each bar, ns."""
        return [{"low": low, "high": high} for low, high in pairwise(self._bounds)]


def _bounds(steps: tuple[float, ...], shortest: int, longest: int) -> list[int]:
    """Return the bounds from the last one below the shortest duration to the first one that the
    longest does not exceed, ns."""
    bounds = [0]
    power = 10 ** max(0, len(str(max(1, shortest))) - 2)
    while True:
        for step in steps:
            bound = round(power * step)
            if bound < shortest:
                bounds = [bound]
            elif bound > bounds[-1]:
                bounds.append(bound)
                if bound >= longest:
                    return bounds
        power *= 10
