"""Percentiles within 1 %, from distributions that add up."""

from __future__ import annotations

from math import ceil

from hypothesis import given, settings
from hypothesis import strategies as st

from collector.analysis.histogram import (
    ACCURACY,
    ZERO,
    add_counts,
    bar,
    edges,
    histogram,
    middle,
    quantile,
    quantile_bar,
    rank,
)

durations = st.integers(0, 10**13)
several = st.lists(durations, min_size=1, max_size=50)


@settings(max_examples=2000)
@given(durations)
def test_a_bar_stands_within_one_percent_for_what_it_holds(duration: int) -> None:
    number = bar(duration)
    assert abs(middle(number) - duration) <= ACCURACY * duration * (1 + 1e-9) + 0.5
    low, high = edges(number)
    assert low * (1 - 1e-9) <= duration <= high * (1 + 1e-9)


@settings(max_examples=1000)
@given(several, st.sampled_from([0, 0.07, 0.25, 0.5, 0.95, 0.99, 1]))
def test_a_percentile_is_within_one_percent_of_the_nearest_rank(
    values: list[int], share: float
) -> None:
    rank = max(1, ceil(share * len(values) - 1e-9))
    true = sorted(values)[rank - 1]
    assert abs(quantile(histogram(values), share) - true) <= ACCURACY * true * (1 + 1e-9) + 0.5


@given(several, several)
def test_adding_two_is_the_distribution_of_all(some: list[int], others: list[int]) -> None:
    both = histogram(some)
    add_counts(both, histogram(others))
    assert both == histogram(some + others)


def test_the_median_of_weighted_values_follows_the_weight() -> None:
    bars = histogram([1000], weight=1)
    add_counts(bars, histogram([5000], weight=10))
    assert bar(5000) == quantile_bar(bars, 0.5)


def test_the_rank_of_a_percentile_is_not_rounded_up_by_a_float() -> None:
    """0.07 * 100 is 7.000000000000001, and still the 7th value is meant."""
    assert quantile_bar(histogram(n * 1000 for n in range(1, 101)), 0.07) == bar(7000)


def test_zero_has_a_bar_of_its_own() -> None:
    assert bar(0) == ZERO
    assert quantile({ZERO: 3, bar(1000): 1}, 0.5) == 0


def test_an_empty_histogram_has_no_percentile() -> None:
    assert quantile({}, 0.5) == 0
    assert quantile_bar({}, 0.5) is None


def test_the_rank_of_a_value_among_its_likes() -> None:
    bars = histogram([100, 200, 300, 400])
    assert rank(bars, 50) == 0
    assert rank(bars, 300) == 0.625
    assert rank(bars, 1000) == 1
    assert rank({}, 1) == 0.5
