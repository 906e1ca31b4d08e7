"""Bars have readable bounds, hold every duration, and there are neither too few nor too many."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from collector.aggregates.duration_bars import MAX_BARS, DurationBars

MS = 1_000_000


@given(st.integers(0, 2**62), st.integers(0, 2**62), st.integers(0, 2**62))
def test_every_duration_is_in_the_bar_that_holds_it(one: int, other: int, third: int) -> None:
    shortest, duration, longest = sorted((one, other, third))
    bars = DurationBars(shortest, longest)
    assert 1 <= len(bars) <= MAX_BARS
    bar = bars.json()[bars.number_of(duration)]
    assert bar["low"] < duration <= bar["high"] or duration == bar["low"] == 0
    bounds = [bar["low"] for bar in bars.json()] + [bars.json()[-1]["high"]]
    assert bounds == sorted(set(bounds))


def test_bounds_are_numbers_that_people_write() -> None:
    bounds = [bar["low"] / MS for bar in DurationBars(10 * MS, 90 * MS).json()]
    assert bounds[:5] == [9.1, 10, 11, 12, 13]
    assert bounds[-3:] == [68, 75, 82]
    assert [bar["low"] / MS for bar in DurationBars(MS, 10**6 * MS).json()][:4] == [0.5, 1, 2, 5]


def test_a_narrow_range_gets_narrow_bars() -> None:
    bars = DurationBars(200 * MS, 260 * MS)
    assert len(bars) > 8
    shortest, middle, longest = (bars.number_of(n * MS) for n in (200, 210, 260))
    assert shortest < middle < longest
    assert len(DurationBars(0, 0)) == 1
