"""Ratios of what was measured side by side, and how far they may be off."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

CONFIDENCE = 0.95


class Ratio(NamedTuple):
    """The median of the ratios of several rounds, and between what the true one lies."""

    median: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.median:.3f} ({self.low:.3f}–{self.high:.3f})"


def ratio(ones: Sequence[float], others: Sequence[float]) -> Ratio:
    """Return how many times the other each one is, of pairs that were measured in one round.

    The interval is that of the sign test, which assumes nothing but that rounds don't depend on
    each other: from the k-th smallest ratio to the k-th largest, with the largest k for which the
    true median is in between with `CONFIDENCE`. With fewer than six rounds no interval is that
    sure; then it goes from the smallest to the largest.
    """
    ratios = sorted(one / other for one, other in zip(ones, others, strict=True))
    left_out = _ranks_left_out(len(ratios))
    return Ratio(median(ratios), ratios[left_out], ratios[-1 - left_out])


def _ranks_left_out(rounds: int) -> int:
    """Return how many of the smallest ratios, and of the largest, lie outside of the interval."""
    outside, left_out = 2 / 2**rounds, 0
    while (outside := outside + 2 * math.comb(rounds, left_out + 1) / 2**rounds) <= 1 - CONFIDENCE:
        left_out += 1
    return left_out


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least `share` of the values do not exceed."""
    return sorted(values)[math.ceil(share * len(values)) - 1]
