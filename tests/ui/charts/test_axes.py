"""Axes of charts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.charts.axes import DurationAxis, linear_axis, logarithmic_axis, percentile_axis

amounts = st.lists(st.floats(1, 1e13), min_size=1, max_size=30)


@pytest.mark.parametrize("make_axis", [linear_axis, logarithmic_axis])
@given(amounts)
def test_every_value_and_every_tick_is_on_the_axis(make_axis, values) -> None:
    axis = make_axis(values)
    assert all(-0.001 <= axis.place(value) <= 1.001 for value in [*values, *axis.ticks])
    assert axis.ticks == sorted(axis.ticks)
    assert 2 <= len(axis.ticks) <= 16


def test_ticks_are_round() -> None:
    assert linear_axis([3.2, 65]).ticks == [0, 20, 40, 60, 80]
    assert logarithmic_axis([2, 9000]).ticks == [10, 100, 1000, 10_000]
    assert logarithmic_axis([60, 450]).ticks == [50, 100, 200, 500]


def test_an_axis_of_nothing() -> None:
    assert linear_axis([]).place(0) == 0
    assert logarithmic_axis([]).place(1) == 0


def test_high_percentiles_get_more_room_than_low_ones() -> None:
    axis = percentile_axis()
    assert axis.place(0) == 0
    assert axis.place(99) - axis.place(90) == pytest.approx(axis.place(99.9) - axis.place(99))
    assert axis.place(100) == 1


@pytest.mark.parametrize(
    ("values", "low", "high"),
    [
        ([100, 60], 0, 100),
        ([100, 100], 0, 100),
        ([1000, 990], 987.5, 1000),
        ([100, -20], -20, 100),
        ([], 0, 1),
    ],
)
def test_an_axis_begins_at_zero_unless_nothing_could_be_seen(
    values: list[float], low: float, high: float
) -> None:
    axis = DurationAxis.over(values)
    assert (axis.low, axis.high) == (low, high)
    assert axis.broken == (low > 0)
    assert axis.place(low) == 0
    assert axis.place(high) == 100


@pytest.mark.parametrize("high", [1, 7, 133e6, 9.9e9])
def test_ticks_are_few_and_round(high: float) -> None:
    ticks = DurationAxis(0, high).ticks()
    assert ticks[0] == 0
    assert 4 <= len(ticks) <= 8
    assert ticks[-1] <= high


def test_ticks_differ_by_what_three_digits_can_tell() -> None:
    ticks = DurationAxis(99.9e6, 100.2e6).ticks()
    assert ticks == [100e6]
