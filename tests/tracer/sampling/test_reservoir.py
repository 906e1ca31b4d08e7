"""So many a second, and never more; together they stand for all that came."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracer.sampling.reservoir import Reservoir


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@given(st.integers(1, 5), st.lists(st.integers(0, 60), min_size=1, max_size=20))
def test_never_more_than_its_number_a_second(per_second: int, arrivals: list[int]) -> None:
    clock = Clock()
    reservoir = Reservoir(per_second, clock)
    for second, count in enumerate(arrivals):
        clock.now = second + 0.5
        taken = sum(reservoir.take() > 0 for _ in range(count))
        assert taken == min(count, per_second)


@given(st.integers(1, 5), st.lists(st.integers(0, 60), min_size=1, max_size=20))
def test_those_taken_stand_for_all_that_came_before(per_second: int, arrivals: list[int]) -> None:
    clock = Clock()
    reservoir = Reservoir(per_second, clock)
    came = stood_for = 0.0
    for second, count in enumerate(arrivals):
        clock.now = second
        for _ in range(count):
            came += 1
            stood_for += reservoir.take()
            assert stood_for <= came + 1e-9
    clock.now += 1
    for _ in range(per_second):  # a quiet second at the end: nothing is left out any more
        came += 1
        stood_for += reservoir.take()
    assert stood_for == pytest.approx(came)


def test_a_steady_load_is_stood_for_evenly() -> None:
    clock = Clock()
    reservoir = Reservoir(2, clock)
    for second in range(10):
        clock.now = second
        weights = [weight for _ in range(100) if (weight := reservoir.take())]
    assert weights == pytest.approx([49.5, 50.5], abs=1)
