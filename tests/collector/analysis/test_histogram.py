"""Distributions with a bounded error, which add up."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from collector.analysis.histogram import (
    ACCURACY,
    GAMMA,
    ZERO_BAR,
    add_all_counts,
    add_counts,
    bar,
    histogram,
    middle,
)

durations = st.integers(0, 10**13)
several = st.lists(durations, min_size=1, max_size=50)


@settings(max_examples=2000)
@given(durations)
def test_a_bar_stands_within_one_percent_for_what_it_holds(duration: int) -> None:
    number = bar(duration)
    assert abs(middle(number) - duration) <= ACCURACY * duration * (1 + 1e-9) + 0.5
    low, high = (GAMMA ** (number - 1), GAMMA**number) if number > ZERO_BAR else (0, 0)
    assert low * (1 - 1e-9) <= duration <= high * (1 + 1e-9)


@given(several, several)
def test_adding_two_is_the_distribution_of_all(some: list[int], others: list[int]) -> None:
    both = histogram(some)
    add_counts(both, histogram(others))
    assert both == histogram(some + others)
    added: dict[int, int] = {}
    add_all_counts(added, [histogram(some), histogram(others)])
    assert added == both


def test_zero_has_a_bar_of_its_own() -> None:
    assert bar(0) == ZERO_BAR
    assert middle(ZERO_BAR) == 0
