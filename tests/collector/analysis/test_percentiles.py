"""Percentiles by nearest rank, exact or within 1 %, of weighted durations and of histograms."""

from __future__ import annotations

from math import ceil

from hypothesis import given, settings
from hypothesis import strategies as st

from collector.analysis.histogram import ACCURACY, ZERO_BAR, add_counts, bar, histogram
from collector.analysis.percentiles import (
    Latency,
    Percentiles,
    latency,
    nearest_rank,
    percentiles,
    quantile,
    quantile_bar,
    rank,
)

several = st.lists(st.integers(0, 10**13), min_size=1, max_size=50)
shares = st.sampled_from([0, 0.07, 0.25, 0.5, 0.95, 0.99, 1])


def true_percentile(values: list[int], share: float) -> int:
    """The definition of the nearest rank, for values that all count the same."""
    rank = max(1, ceil(share * len(values) - 1e-9))
    return sorted(values)[rank - 1]


@settings(max_examples=1000)
@given(several, shares)
def test_a_percentile_of_a_histogram_is_within_one_percent_of_the_nearest_rank(
    values: list[int], share: float
) -> None:
    true = true_percentile(values, share)
    assert abs(quantile(histogram(values), share) - true) <= ACCURACY * true * (1 + 1e-9) + 0.5


@settings(max_examples=1000)
@given(several, shares)
def test_a_percentile_of_values_is_exact(values: list[int], share: float) -> None:
    assert nearest_rank(sorted(values), share) == true_percentile(values, share)


@given(several, st.lists(st.integers(1, 5), min_size=50, max_size=50))
def test_a_weight_counts_a_value_that_many_times(values: list[int], weights: list[int]) -> None:
    weights = weights[: len(values)]
    repeated = [value for value, times in zip(values, weights, strict=True) for _ in range(times)]
    exact = latency(values, [1000 * times for times in weights])
    assert exact.mean == sum(repeated) / len(repeated)
    assert exact.p50 == true_percentile(repeated, 0.5)
    assert exact.p95 == true_percentile(repeated, 0.95)
    assert exact.p99 == true_percentile(repeated, 0.99)


def test_the_median_of_weighted_values_follows_the_weight() -> None:
    bars = histogram([1000], weight=1)
    add_counts(bars, histogram([5000], weight=10))
    assert bar(5000) == quantile_bar(bars, 0.5)
    assert latency([10, 20, 30], [1000, 1000, 98_000]).p50 == 30


def test_the_rank_of_a_percentile_is_not_rounded_up_by_a_float() -> None:
    """0.07 * 100 is 7.000000000000001, and still the 7th value is meant."""
    assert quantile_bar(histogram(n * 1000 for n in range(1, 101)), 0.07) == bar(7000)
    assert nearest_rank(range(1, 101), 0.07) == 7


def test_without_values_there_is_no_percentile() -> None:
    assert quantile({}, 0.5) == 0
    assert quantile_bar({}, 0.5) is None
    assert nearest_rank([], 0.5) is None
    assert percentiles({}) == Percentiles(0, 0, 0)
    assert latency([], []) == Latency(0, 0, 0, 0)


def test_zero_is_a_percentile_like_any_other() -> None:
    assert quantile({ZERO_BAR: 3, bar(1000): 1}, 0.5) == 0


def test_the_rank_of_a_value_among_others() -> None:
    bars = histogram([100, 200, 300, 400])
    assert rank(bars, 50) == 0
    assert rank(bars, 300) == 0.625
    assert rank(bars, 1000) == 1
    assert rank({}, 1) == 0.5
