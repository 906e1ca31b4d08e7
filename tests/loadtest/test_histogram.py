"""Percentiles from bins."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtest.histogram import Histogram, merged

durations = st.lists(st.floats(1, 1e12), min_size=1, max_size=200)


def filled(values: list[float]) -> Histogram:
    histogram = Histogram()
    for value in values:
        histogram.add(value)
    return histogram


@given(durations, st.floats(0, 1))
def test_a_quantile_is_accurate_to_one_percent(values: list[float], share: float) -> None:
    exact = sorted(values)[max(math.ceil(share * len(values)), 1) - 1]
    quantile = filled(values).quantile(share)
    assert quantile is not None
    assert quantile == pytest.approx(exact, rel=0.0101)
    assert quantile <= max(values)


@given(durations, durations)
def test_two_processes_count_as_one_would(one: list[float], other: list[float]) -> None:
    total, whole = merged([filled(one), filled(other)]), filled([*one, *other])
    assert (total.bins, total.count) == (whole.bins, whole.count)
    assert total.longest == whole.longest
    assert total.mean == pytest.approx(whole.mean)


def test_nothing_has_no_percentiles() -> None:
    assert Histogram().quantile(0.5) is None
    assert Histogram().mean is None
