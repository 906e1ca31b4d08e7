"""The waterfall: its bars touch, and end at the difference, whatever the paths are."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from ui.charts.scale import Scale
from ui.compare.attribution import MOST, waterfall

MS = 1_000_000
EFFECT = some.integers(-(10**9), 10**9)


def shift(key: int, calls: int, per_call: int) -> dict[str, Any]:
    return {
        "key": f"{key:016x}",
        "structure": "same",
        "difference": calls + per_call,
        "calls_effect": calls,
        "per_call_effect": per_call,
    }


def comparison(
    mean_a: float, effects: list[tuple[int, int]], left_out: tuple[int, int] = (0, 0)
) -> dict[str, Any]:
    """An answer of /api/compare as far as the chart reads it."""
    shifts = [shift(at, *effect) for at, effect in enumerate(effects)]
    shifts.sort(key=lambda each: -abs(each["difference"]))
    difference = sum(each["difference"] for each in shifts) + left_out[1]
    return {
        "mean_a": mean_a,
        "mean_b": mean_a + difference,
        "difference": difference,
        "shifts": shifts,
        "left_out": {"shifts": left_out[0], "difference": left_out[1]},
    }


@given(
    some.floats(0, 1e10),
    some.lists(some.tuples(EFFECT, EFFECT), max_size=40),
    some.tuples(some.integers(0, 9), EFFECT),
)
def test_steps_add_up_to_the_difference_and_touch(
    mean_a: float, effects: list[tuple[int, int]], left_out: tuple[int, int]
) -> None:
    answer = comparison(mean_a, effects, left_out)
    chart = waterfall(answer)
    assert sum(step.difference for step in chart.steps) == answer["difference"]
    assert all(step.calls.ns + step.per_call.ns == step.difference for step in chart.steps)
    assert chart.end == pytest.approx(mean_a + answer["difference"], abs=1)
    for before, after in pairwise(chart.steps):
        assert before.ends == after.begins
    if chart.steps:
        assert chart.steps[0].begins == chart.scale.place(mean_a)
        assert chart.steps[-1].ends == pytest.approx(chart.scale.place(chart.end), abs=0.01)
    assert len(chart.steps) <= MOST + 1
    shown = {step.shift["key"] for step in chart.steps if step.shift}
    assert len(shown) == sum(step.shift is not None for step in chart.steps)


def test_lanes_of_a_step_lie_one_after_the_other() -> None:
    [step] = waterfall(comparison(100 * MS, [(-60 * MS, 20 * MS)])).steps
    assert (step.begins, step.between, step.ends) == (100, 40, 60)
    assert (step.calls.x, step.calls.width) == (40, 60)
    assert (step.per_call.x, step.per_call.width) == (40, 20)


def test_what_could_not_be_seen_shares_a_step() -> None:
    chart = waterfall(comparison(100 * MS, [(-50 * MS, 0), (0, 1000), (0, -2000), (0, 0)]))
    assert [(step.paths, step.difference) for step in chart.steps] == [(1, -50 * MS), (2, -1000)]
    assert chart.steps[1].shift is None


def test_parts_that_cancel_each_other_out_are_shown() -> None:
    [step] = waterfall(comparison(100 * MS, [(30 * MS, -30 * MS)])).steps
    assert step.shift is not None
    assert step.calls.width == step.per_call.width > 20


def test_nothing_to_compare_is_a_chart_without_steps() -> None:
    chart = waterfall(comparison(0.0, []))
    assert chart.steps == []
    assert chart.end == 0


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
    scale = Scale.over(values)
    assert (scale.low, scale.high) == (low, high)
    assert scale.broken == (low > 0)
    assert scale.place(low) == 0
    assert scale.place(high) == 100


@pytest.mark.parametrize("high", [1, 7, 133e6, 9.9e9])
def test_ticks_are_few_and_round(high: float) -> None:
    ticks = Scale(0, high).ticks()
    assert ticks[0] == 0
    assert 4 <= len(ticks) <= 8
    assert ticks[-1] <= high


def test_ticks_differ_by_what_three_digits_can_tell() -> None:
    ticks = Scale(99.9e6, 100.2e6).ticks()
    assert ticks == [100e6]
