"""Two distributions over the same bars."""

from __future__ import annotations

import pytest

from ui.charts.distribution import distribution

BOUNDS = [{"low": low, "high": high} for low, high in ((0, 10), (10, 20), (20, 40), (40, 80))]


def test_each_set_is_a_share_of_itself() -> None:
    shape = distribution(BOUNDS, [0, 3, 1, 0], [0, 0, 10, 0])
    assert [bar.a for bar in shape.bars] == [0, 0.75, 0.25, 0]
    assert [bar.b for bar in shape.bars] == [0, 0, 1, 0]
    assert shape.tallest == 1
    assert shape.outline("a") == "M0 100V100.0h1V25.0h1V75.0h1V100.0h1V100"


def test_empty_ends_are_cut() -> None:
    bounds = [{"low": at, "high": at + 1} for at in range(20)]
    shape = distribution(bounds, [0] * 8 + [1] + [0] * 11, [0] * 10 + [1] + [0] * 9)
    assert (shape.bars[0].low, shape.bars[-1].high) == (7, 12)


@pytest.mark.parametrize(
    ("ns", "place"), [(5, 12.5), (10, 25), (20, 50), (28.2843, 62.5), (80, 100), (99, 100)]
)
def test_durations_have_their_place_within_their_bar(ns: float, place: float) -> None:
    shape = distribution(BOUNDS, [1, 1, 1, 1], [1, 1, 1, 1])
    assert shape.place(ns) == pytest.approx(place, abs=0.01)


def test_no_trace_is_an_empty_picture() -> None:
    shape = distribution([], [], [])
    assert (shape.bars, shape.labels, shape.outline("a"), shape.place(5)) == ([], [], "", 0)
