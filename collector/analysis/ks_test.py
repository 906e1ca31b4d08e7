"""Whether two samples come from the same distribution: the Kolmogorov-Smirnov test."""

from __future__ import annotations

from math import exp, sqrt

from collector.analysis.histogram import Histogram


def largest_gap(a: Histogram, b: Histogram) -> float:
    """Return the statistic D: the largest difference between the two cumulative shares, 0 to 1; 0
    if one of them is empty.

    It is taken over histogram bars, so differences of less than 2 % of a duration may go unseen.
    """
    weight_a, weight_b = sum(a.values()), sum(b.values())
    if not weight_a or not weight_b:
        return 0.0
    gap = 0.0
    below_a = below_b = 0
    for number in sorted(a.keys() | b.keys()):
        below_a += a.get(number, 0)
        below_b += b.get(number, 0)
        gap = max(gap, abs(below_a / weight_a - below_b / weight_b))
    return gap


def p_value(gap: float, count_a: int, count_b: int) -> float:
    """Return the probability of a gap at least this large between two samples of one distribution;
    1 if one of them is empty.

    The asymptotic series of Kolmogorov's distribution with Stephens' correction for small samples
    (JRSS B 32, 1970), good from a handful of values on. Values that share a bar make it cautious:
    it then sees a difference less often than it could.
    """
    if not count_a or not count_b:
        return 1.0
    root = sqrt(count_a * count_b / (count_a + count_b))
    x = (root + 0.12 + 0.11 / root) * gap
    if x < 0.2:
        return 1.0  # the series converges too slowly here, and differs from 1 by less than 1e-12
    terms = ((-1) ** (k - 1) * exp(-2 * (k * x) ** 2) for k in range(1, 101))
    return min(1.0, max(0.0, 2 * sum(terms)))
