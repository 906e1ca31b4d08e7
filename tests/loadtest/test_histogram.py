"""Percentiles out of bins."""

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
def test_a_quantile_is_off_by_one_percent_at_most(values: list[float], share: float) -> None:
    exact = sorted(values)[max(math.ceil(share * len(values)), 1) - 1]
    found = filled(values).quantile(share)
    assert found is not None
    assert found == pytest.approx(exact, rel=0.0101)
    assert found <= max(values)


@given(durations, durations)
def test_two_processes_count_as_one_would(one: list[float], other: list[float]) -> None:
    together, whole = merged([filled(one), filled(other)]), filled([*one, *other])
    assert (together.bins, together.count) == (whole.bins, whole.count)
    assert together.longest == whole.longest
    assert together.mean == pytest.approx(whole.mean)


def test_nothing_has_no_percentiles() -> None:
    assert Histogram().quantile(0.5) is None
    assert Histogram().mean is None
