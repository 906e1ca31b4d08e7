"""Bursts, held beside each other."""

from __future__ import annotations

from tutor.checks.burst import Burst, Bursts
from tutor.checks.overlap import Together


def test_the_quickest_of_each_counts() -> None:
    bursts = Bursts([Burst([], 0.9), Burst([], 0.6)], [Burst([], 0.3), Burst([], 1.2)])
    assert (bursts.before_s, bursts.now_s, bursts.ratio) == (0.6, 0.3, 2.0)


def test_how_many_times_as_much_went_on_at_once() -> None:
    before, now = Together([], 3, 2, 12), Together([], 9, 5, 30)
    assert now.beside(before) == "3.0× the calls, 2.5× the answers, 2.5× the tastes"
