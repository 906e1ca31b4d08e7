"""Whether two weighted samples differ by more than chance: the Kolmogorov-Smirnov test for times, a
z-test for shares."""

from __future__ import annotations

from collections.abc import Mapping
from math import erfc, exp, sqrt
from typing import NamedTuple

from collector.analysis.histogram import Histogram
from collector.analysis.weight import WEIGHT_UNIT, effective_size


class WeightedValues(NamedTuple):
    """Some values as a histogram, with what their weights say about chance."""

    number: int
    """Number of values."""
    weights: Histogram
    """Their weights by bar, in thousandths (`collector.analysis.weight`)."""
    squares: Histogram
    """The squares of these weights by the same bars, in thousandths."""


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


def p_value(gap: float, size: float) -> float:
    """Return the probability of a gap at least this large between two samples of one distribution;
    1 if one of them is empty.

    `size` is n·m / (n + m) for samples of n and m values, 0 if one is empty. The asymptotic series
    of Kolmogorov's distribution with Stephens' correction for small samples (JRSS B 32, 1970), good
    from a handful of values on. Values that share a bar make it cautious: it then sees a difference
    less often than it could.
    """
    if not size:
        return 1.0
    root = sqrt(size)
    x = (root + 0.12 + 0.11 / root) * gap
    if x < 0.2:
        return 1.0  # the series converges too slowly here, and differs from 1 by less than 1e-12
    terms = ((-1) ** (k - 1) * exp(-2 * (k * x) ** 2) for k in range(1, 101))
    return min(1.0, max(0.0, 2 * sum(terms)))


def p_value_of_difference(a: WeightedValues, b: WeightedValues) -> float:
    """Return the probability of a gap as large as that between two weighted samples, if both come
    from one distribution; 1 if one of them is empty.

    Where a share of 1/2 is estimated from n values, its variance is 1/4n; so the size that belongs
    to a variance is a quarter of its reciprocal. Samples of equal weights get the size that the
    plain test has.
    """
    if not a.number or not b.number:
        return 1.0
    return p_value(largest_gap(a.weights, b.weights), 1 / (4 * _variance_of_gap(a, b)))


def p_value_of_shares(a: WeightedValues, b: WeightedValues) -> float:
    """Return the probability of a share at least this different in two weighted samples of one
    population, whose values are in two bars: with and without (two-proportion z-test, with the
    pooled share)."""
    if not a.number or not b.number:
        return 1.0
    scaled_a, scaled_b = _scaled(a), _scaled(b)
    pooled = scaled_a[0][0] + scaled_b[0][0]
    share = pooled / (a.number + b.number)
    kish = share * (1 - share) * (_relative_square(a) + _relative_square(b))
    variance = max(kish, _scatter(a, b))
    if variance <= 1e-15:
        return 1.0  # all have it, or none
    return erfc(largest_gap(a.weights, b.weights) / sqrt(2 * variance))


def _variance_of_gap(a: WeightedValues, b: WeightedValues) -> float:
    """Return the largest variance that the difference of two cumulative shares can have by chance.

    Three answers are right as long as their assumption holds, so the largest one is taken: by
    Kish's effective size (weights have nothing to do with durations), by the scatter of each side
    (they have: a slow route is sampled less), and by the scatter of both together, shuffled (one
    side happens to lack the few heavy traces that the other one has).
    """
    kish = (_relative_square(a) + _relative_square(b)) / 4
    return max(kish, _scatter(a, b))


def _scatter(a: WeightedValues, b: WeightedValues) -> float:
    """Return the variance of the gap by the scatter of the weights, apart or shuffled."""
    scaled_a, scaled_b = _scaled(a), _scaled(b)
    apart = _largest_variance(*scaled_a) + _largest_variance(*scaled_b)
    weights, squares = (_sum(*parts) for parts in zip(scaled_a, scaled_b, strict=True))
    count = a.number + b.number
    shuffled = _largest_variance(weights, squares) * (count / a.number + count / b.number)
    return max(apart, shuffled)


def _share_variance(weight: float, squares: float, all_weight: float, all_squares: float) -> float:
    """Return the variance of a weighted share, Σw²(in - share)² / (Σw)², from the sums of the
    weights and their squares of those in it and of all (Taylor linearization of a ratio)."""
    share = weight / all_weight
    return (squares * (1 - 2 * share) + share * share * all_squares) / all_weight**2


def _largest_variance(weights: Mapping[int, float], squares: Mapping[int, float]) -> float:
    """Return the variance of that cumulative share which is least certain."""
    all_weight, all_squares = sum(weights.values()), sum(squares.values())
    below = below_squares = largest = 0.0
    for number in sorted(weights):
        below += weights[number]
        below_squares += squares[number]
        variance = _share_variance(below, below_squares, all_weight, all_squares)
        largest = max(largest, variance)
    return largest


def _relative_square(values: WeightedValues) -> float:
    """Return 1 / the effective size."""
    return 1 / effective_size(sum(values.weights.values()), sum(values.squares.values()))


def _scaled(values: WeightedValues) -> tuple[dict[int, float], dict[int, float]]:
    """Return weights and squares with a mean weight of 1: only those within a side matter."""
    mean = sum(values.weights.values()) / values.number
    weights = {number: weight / mean for number, weight in values.weights.items()}
    factor = WEIGHT_UNIT / mean**2
    return weights, {number: square * factor for number, square in values.squares.items()}


def _sum(a: Mapping[int, float], b: Mapping[int, float]) -> dict[int, float]:
    return {number: a.get(number, 0) + b.get(number, 0) for number in a.keys() | b.keys()}
