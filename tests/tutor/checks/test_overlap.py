"""Comparing bursts."""

from __future__ import annotations

from tutor.checks.burst import Burst, BurstSpeedup
from tutor.checks.overlap import Overlap


def test_the_quickest_of_each_counts() -> None:
    bursts = BurstSpeedup([Burst([], 0.9), Burst([], 0.6)], [Burst([], 0.3), Burst([], 1.2)])
    assert (bursts.before_s, bursts.now_s, bursts.ratio) == (0.6, 0.3, 2.0)


def test_how_many_times_as_much_went_on_at_once() -> None:
    before, now = Overlap([], 3, 2, 12), Overlap([], 9, 5, 30)
    assert now.compared_to(before) == "3.0× the calls, 2.5× the answers, 2.5× the tastes"
