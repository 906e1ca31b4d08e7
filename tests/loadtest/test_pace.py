"""When requests are due in the open mode."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from loadtest.pace import Pace


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_requests_are_due_by_the_clock_not_by_the_answers() -> None:
    clock = Clock()
    pace = Pace(period_s=1, first=10, clock=clock)
    assert pace.seconds_left == 10
    clock.now = 10
    assert pace.take_next() == 0
    clock.now = 13.5  # the answer took 3.5 s, and three more have become due
    assert pace.seconds_left == 0
    assert pace.unsent == 3
    assert [pace.take_next(), pace.take_next(), pace.take_next()] == [2.5, 1.5, 0.5]
    assert pace.seconds_left == 0.5
    assert pace.unsent == 0


@given(st.lists(st.floats(0, 5), max_size=30))
def test_no_request_that_was_due_is_left_out(durations: list[float]) -> None:
    clock = Clock()
    pace = Pace(period_s=1, first=0, clock=clock)
    for duration in durations:
        clock.now += pace.seconds_left
        pace.take_next()
        clock.now += duration
    assert len(durations) + pace.unsent >= int(clock.now)
