"""Ratios of rounds, and their intervals."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.traced_app.ratios import CONFIDENCE, percentile, ratio

POSITIVE = st.floats(min_value=0.1, max_value=1e6)


@pytest.mark.parametrize(
    ("rounds", "left_out"), [(1, 0), (5, 0), (6, 0), (8, 0), (9, 1), (12, 2), (15, 3), (20, 5)]
)
def test_the_interval_is_that_of_the_sign_test(rounds, left_out):
    # The ranks are those of the tables, such as table A.21 in Conover's Practical Nonparametric
    # Statistics.
    measured = ratio([float(number) for number in range(1, rounds + 1)], [1.0] * rounds)
    assert (measured.low, measured.high) == (1 + left_out, rounds - left_out)


@given(st.lists(st.tuples(POSITIVE, POSITIVE), min_size=1, max_size=30))
def test_the_median_lies_in_the_interval_and_the_other_way_round_is_the_inverse(pairs):
    ones, others = zip(*pairs, strict=True)
    there, back = ratio(ones, others), ratio(others, ones)
    assert there.low <= there.median <= there.high
    assert back.low * there.high == pytest.approx(1)
    assert back.high * there.low == pytest.approx(1)


def test_what_slows_down_both_of_a_round_changes_nothing():
    assert ratio([1, 10, 100], [2, 20, 200]) == (0.5, 0.5, 0.5)


def test_the_true_ratio_is_in_as_many_intervals_as_promised():
    rng = random.Random(17)
    true, tries = 1.05, 2000
    inside = 0
    for _ in range(tries):
        others = [rng.lognormvariate(0, 0.5) for _ in range(13)]
        ones = [true * other * rng.lognormvariate(0, 0.3) for other in others]
        measured = ratio(ones, others)
        inside += measured.low <= true <= measured.high
    assert inside / tries >= CONFIDENCE - 0.01


def test_percentiles_are_values_that_were_measured():
    times = [5.0, 1.0, 4.0, 2.0, 3.0]
    assert [percentile(times, share) for share in (0.5, 0.99)] == [3.0, 5.0]
