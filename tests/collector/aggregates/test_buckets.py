"""Bars have bounds for people, hold everything, and there are neither too few nor too many."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from collector.aggregates.buckets import MOST, Bars

MS = 1_000_000


@given(st.integers(0, 2**62), st.integers(0, 2**62), st.integers(0, 2**62))
def test_every_duration_is_in_the_bar_that_holds_it(one: int, other: int, third: int) -> None:
    shortest, duration, longest = sorted((one, other, third))
    bars = Bars(shortest, longest)
    assert 1 <= len(bars) <= MOST
    bar = bars.json()[bars.of(duration)]
    assert bar["low"] < duration <= bar["high"] or duration == bar["low"] == 0
    edges = [each["low"] for each in bars.json()] + [bars.json()[-1]["high"]]
    assert edges == sorted(set(edges))


def test_bounds_are_numbers_that_people_write() -> None:
    bounds = [each["low"] / MS for each in Bars(10 * MS, 90 * MS).json()]
    assert bounds[:5] == [9.1, 10, 11, 12, 13]
    assert bounds[-3:] == [68, 75, 82]
    assert [each["low"] / MS for each in Bars(MS, 10**6 * MS).json()][:4] == [0.5, 1, 2, 5]


def test_a_narrow_range_gets_narrow_bars() -> None:
    bars = Bars(200 * MS, 260 * MS)
    assert len(bars) > 8
    assert bars.of(200 * MS) < bars.of(210 * MS) < bars.of(260 * MS)
    assert len(Bars(0, 0)) == 1
