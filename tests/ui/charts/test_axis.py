"""Axes of charts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.charts.axis import linear, logarithmic, nines

amounts = st.lists(st.floats(1, 1e13), min_size=1, max_size=30)


@pytest.mark.parametrize("axis", [linear, logarithmic])
@given(amounts)
def test_every_value_and_every_tick_is_on_the_axis(axis, values) -> None:
    found = axis(values)
    assert all(-0.001 <= found.place(value) <= 1.001 for value in [*values, *found.ticks])
    assert found.ticks == sorted(found.ticks)
    assert 2 <= len(found.ticks) <= 16


def test_ticks_are_round() -> None:
    assert linear([3.2, 65]).ticks == [0, 20, 40, 60, 80]
    assert logarithmic([2, 9000]).ticks == [10, 100, 1000, 10_000]
    assert logarithmic([60, 450]).ticks == [50, 100, 200, 500]


def test_an_axis_of_nothing() -> None:
    assert linear([]).place(0) == 0
    assert logarithmic([]).place(1) == 0


def test_high_percentiles_get_more_room_than_low_ones() -> None:
    axis = nines()
    assert axis.place(0) == 0
    assert axis.place(99) - axis.place(90) == pytest.approx(axis.place(99.9) - axis.place(99))
    assert axis.place(100) == 1
