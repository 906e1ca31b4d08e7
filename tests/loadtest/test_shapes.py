"""How the number of users changes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtest.shapes import SHAPES, spike, steps
from tutor.load import options

people = st.integers(1, 500)
lengths = st.floats(1, 600)
shares = st.floats(0, 0.999)


@pytest.mark.parametrize("shape", [steps, spike])
@given(people, lengths, shares)
def test_there_is_always_somebody_and_never_too_many(shape, users, run_time, share) -> None:
    assert 1 <= shape(users, run_time, share * run_time) <= users


@given(people, lengths, shares, shares)
def test_steps_only_go_up_and_reach_everybody(users, run_time, one, other) -> None:
    early, late = sorted((one * run_time, other * run_time))
    assert steps(users, run_time, early) <= steps(users, run_time, late)
    assert steps(users, run_time, run_time * 0.9999) == users


def test_steps_are_even_and_long_enough() -> None:
    assert [steps(40, 80, at) for at in range(0, 80, 10)] == [5, 10, 15, 20, 25, 30, 35, 40]
    assert [steps(40, 7, at) for at in range(7)] == [20] * 4 + [40] * 3


def test_a_spike_comes_and_goes() -> None:
    assert [spike(50, 9, at) for at in range(9)] == [5] * 3 + [50] * 3 + [5] * 3


def test_the_command_line_knows_all_shapes() -> None:
    assert options.SHAPES == SHAPES
