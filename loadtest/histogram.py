"""histogram: how long requests took, in bins that are 2 % wide: small, and easy to add up."""

from __future__ import annotations

import math
from collections.abc import Iterable

import msgspec

WIDTH = 1.02
"""The upper end of a bin as a multiple of its lower one: a percentile is off by 1 % at most."""

_LOG_WIDTH = math.log(WIDTH)


class Histogram(msgspec.Struct):
    """Durations in ns, which are above 0. Histograms of several processes are merged into one."""

    bins: dict[int, int] = {}
    """How many durations lie in each bin; bin n begins at `WIDTH` to the power of n."""
    count: int = 0
    total: float = 0
    longest: float = 0

    def add(self, duration: float) -> None:
        """Count one duration."""
        number = math.floor(math.log(max(duration, 1)) / _LOG_WIDTH)
        self.bins[number] = self.bins.get(number, 0) + 1
        self.count += 1
        self.total += duration
        self.longest = max(self.longest, duration)

    def merge(self, other: Histogram) -> None:
        """Count what another one has counted, too."""
        for number, count in other.bins.items():
            self.bins[number] = self.bins.get(number, 0) + count
        self.count += other.count
        self.total += other.total
        self.longest = max(self.longest, other.longest)

    def quantile(self, share: float) -> float | None:
        """The duration below which that `share` of all lies (nearest rank), None without any."""
        rank = max(math.ceil(share * self.count), 1)
        for number in sorted(self.bins):
            rank -= self.bins[number]
            if rank <= 0:
                return min(WIDTH ** (number + 0.5), self.longest)
        return None

    @property
    def mean(self) -> float | None:
        """The average, None without any."""
        return self.total / self.count if self.count else None


def merged(histograms: Iterable[Histogram]) -> Histogram:
    """All of them as one."""
    together = Histogram()
    for histogram in histograms:
        together.merge(histogram)
    return together
