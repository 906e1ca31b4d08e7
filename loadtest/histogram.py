"""A histogram of how long requests took, in bins 2 % wide: small, and easy to add up."""

from __future__ import annotations

import math
from collections.abc import Iterable

import msgspec

BIN_RATIO = 1.02
"""The upper end of a bin divided by its lower end: percentiles are accurate to 1 %."""

_LOG_RATIO = math.log(BIN_RATIO)


class Histogram(msgspec.Struct):
    """Counts of durations in ns, all above 0. Those of several processes can be merged."""

    bins: dict[int, int] = {}
    """The number of durations in each bin; bin n begins at `BIN_RATIO` to the power of n."""
    count: int = 0
    total: float = 0
    longest: float = 0

    def add(self, duration: float) -> None:
        """Count one duration."""
        number = math.floor(math.log(max(duration, 1)) / _LOG_RATIO)
        self.bins[number] = self.bins.get(number, 0) + 1
        self.count += 1
        self.total += duration
        self.longest = max(self.longest, duration)

    def merge(self, other: Histogram) -> None:
        """Add another histogram's counts."""
        for number, count in other.bins.items():
            self.bins[number] = self.bins.get(number, 0) + count
        self.count += other.count
        self.total += other.total
        self.longest = max(self.longest, other.longest)

    def quantile(self, share: float) -> float | None:
        """Return the duration below which `share` (0 to 1) of all lie, by nearest rank.

        None if nothing was counted.
        """
        rank = max(math.ceil(share * self.count), 1)
        for number in sorted(self.bins):
            rank -= self.bins[number]
            if rank <= 0:
                return min(BIN_RATIO ** (number + 0.5), self.longest)
        return None

    @property
    def mean(self) -> float | None:
        """The average in ns; None if nothing was counted."""
        return self.total / self.count if self.count else None


def merged(histograms: Iterable[Histogram]) -> Histogram:
    """Return one histogram with the counts of all."""
    total = Histogram()
    for histogram in histograms:
        total.merge(histogram)
    return total
