"""How many traces it takes until p99 is right, against sums and draws done by hand."""

from __future__ import annotations

from math import ceil, comb
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.laboratory.needed import (
    CERTAINTY,
    TOLERANCE,
    at_least,
    chance_of_being_right,
    traces_needed,
)


@given(st.integers(0, 120), st.integers(1, 120), st.floats(0.001, 0.999))
def test_the_tail_of_a_binomial_distribution(hits: int, trials: int, probability: float) -> None:
    by_hand = sum(
        comb(trials, k) * probability**k * (1 - probability) ** (trials - k)
        for k in range(hits, trials + 1)
    )
    assert at_least(hits, trials, probability) == pytest.approx(by_hand, abs=1e-9)


def test_the_chance_of_being_right_is_how_often_draws_are() -> None:
    random = Random(3)
    durations = [int(random.lognormvariate(18, 0.5)) for _ in range(2000)]
    ordered = sorted(durations)
    truth = ordered[ceil(0.99 * len(ordered)) - 1]
    low, high = truth * (1 - TOLERANCE), truth * (1 + TOLERANCE)
    too_short = sum(each < low for each in durations) / len(durations)
    not_too_long = sum(each <= high for each in durations) / len(durations)
    traces, trials = 300, 1500
    right = 0
    for _ in range(trials):
        drawn = sorted(random.choices(durations, k=traces))
        right += low <= drawn[ceil(0.99 * traces) - 1] <= high
    expected = chance_of_being_right(traces, 0.99, too_short, not_too_long)
    assert right / trials == pytest.approx(expected, abs=0.05)
    needed = traces_needed(durations, [1000] * len(durations))
    assert needed is not None
    assert chance_of_being_right(needed, 0.99, too_short, not_too_long) >= CERTAINTY
    assert expected < CERTAINTY < chance_of_being_right(9_999, 0.99, too_short, not_too_long)


@given(st.integers(1, 10**12), st.integers(1, 50))
def test_one_is_enough_where_all_take_equally_long(duration: int, traces: int) -> None:
    assert traces_needed([duration] * traces, [1000] * traces) == 1


def test_a_trace_of_double_weight_counts_like_two() -> None:
    random = Random(8)
    durations = [random.randint(1, 1000) for _ in range(200)]
    weighted = traces_needed(durations, [2000] * 100 + [1000] * 100)
    assert weighted == traces_needed(durations + durations[:100], [1000] * 300)


def test_no_number_is_enough_where_p99_jumps() -> None:
    assert traces_needed([1] * 99 + [1000], [1000] * 100) is None
    assert traces_needed([], []) is None
