"""The waterfall: its bars touch and end at the difference, whatever the paths are."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.compare.attribution import MAX_STEPS, waterfall

MS = 1_000_000
EFFECT = st.integers(-(10**9), 10**9)


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
    """Return an answer of `/api/compare` as far as the chart reads it."""
    shifts = [shift(key, *effect) for key, effect in enumerate(effects)]
    shifts.sort(key=lambda shift: -abs(shift["difference"]))
    difference = sum(shift["difference"] for shift in shifts) + left_out[1]
    return {
        "mean_a": mean_a,
        "mean_b": mean_a + difference,
        "difference": difference,
        "shifts": shifts,
        "left_out": {"shifts": left_out[0], "difference": left_out[1]},
    }


@given(
    st.floats(0, 1e10),
    st.lists(st.tuples(EFFECT, EFFECT), max_size=40),
    st.tuples(st.integers(0, 9), EFFECT),
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
        assert chart.steps[0].begins == chart.axis.place(mean_a)
        assert chart.steps[-1].ends == pytest.approx(chart.axis.place(chart.end), abs=0.01)
    assert len(chart.steps) <= MAX_STEPS + 1
    shown = {step.shift["key"] for step in chart.steps if step.shift}
    assert len(shown) == sum(step.shift is not None for step in chart.steps)


def test_lanes_of_a_step_meet() -> None:
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
