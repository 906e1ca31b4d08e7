"""The two-sample test, against known values and against chance itself."""

from __future__ import annotations

import random

import pytest

from collector.analysis.histogram import Histogram, histogram
from collector.analysis.significance import (
    WeightedValues,
    largest_gap,
    p_value,
    p_value_of_difference,
)


def test_the_gap_is_the_largest_difference_of_shares() -> None:
    assert largest_gap(histogram([10, 20, 30, 40]), histogram([10, 20, 300, 400])) == 0.5
    assert largest_gap(histogram([10]), histogram([10] * 7)) == 0
    assert largest_gap(histogram([1]), histogram([100])) == 1
    assert largest_gap({}, histogram([1])) == 0


@pytest.mark.parametrize(
    ("x", "p"), [(0.3, 0.99999), (1.0, 0.27), (1.2239, 0.1), (1.3581, 0.05), (1.6276, 0.01)]
)
def test_the_p_value_is_kolmogorov_s(x: float, p: float) -> None:
    """The critical values that textbooks print for large samples."""
    count = 10**10
    gap = x / (count / 2) ** 0.5
    assert p_value(gap, count / 2) == pytest.approx(p, rel=0.002)


def test_without_values_there_is_no_difference() -> None:
    assert p_value(1.0, 0) == 1
    some = WeightedValues(1, {1: 1000}, {1: 1000})
    assert p_value_of_difference(some, WeightedValues(0, {}, {})) == 1


@pytest.mark.parametrize(("count_a", "count_b"), [(20, 20), (50, 30)])
def test_equal_sets_are_told_apart_as_rarely_as_promised(count_a: int, count_b: int) -> None:
    """Of 2,000 pairs of samples from one distribution about 5 % have a p-value below 0.05, never
    many more."""
    rng = random.Random(1)
    alarms = 0
    for _ in range(2000):
        a = histogram([int(rng.lognormvariate(15, 1)) for _ in range(count_a)])
        b = histogram([int(rng.lognormvariate(15, 1)) for _ in range(count_b)])
        size = count_a * count_b / (count_a + count_b)
        plain = p_value(largest_gap(a, b), size)
        weighted = p_value_of_difference(_equal(a, count_a), _equal(b, count_b))
        assert weighted == pytest.approx(plain)
        alarms += plain < 0.05
    assert 0.02 < alarms / 2000 < 0.06


def _equal(bars: Histogram, count: int) -> WeightedValues:
    weights = {number: weight * 1000 for number, weight in bars.items()}
    return WeightedValues(count, weights, weights)
