"""How samples are drawn: the laws of chance that they have to keep."""

from __future__ import annotations

from collections import Counter
from math import sqrt
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.laboratory.plan import Lot, Plan, chosen, head_plan
from collector.laboratory.population import Drawn


@given(st.integers(0, 300), st.floats(0, 1), st.integers(0, 2**32))
def test_what_chance_keeps_is_some_of_them_each_once(count: int, rate: float, seed: int) -> None:
    kept = list(chosen(count, rate, Random(seed)))
    assert kept == sorted(set(kept))
    assert set(kept) <= set(range(count))


@given(st.integers(0, 300), st.integers(0, 2**32))
def test_a_rate_of_one_keeps_all_and_one_of_zero_none(count: int, seed: int) -> None:
    assert list(chosen(count, 1.0, Random(seed))) == list(range(count))
    assert not list(chosen(count, 0.0, Random(seed)))


@pytest.mark.parametrize("rate", [0.5, 0.1, 0.01])
def test_each_is_as_likely_to_be_kept_as_the_rate_says(rate: float) -> None:
    random, trials, count = Random(15), 4000, 20
    kept = Counter(number for _ in range(trials) for number in chosen(count, rate, random))
    spread = sqrt(trials * rate * (1 - rate))
    assert all(abs(kept[number] - trials * rate) < 4.5 * spread for number in range(count))


def test_a_plan_keeps_what_is_certain_and_draws_from_its_lots() -> None:
    plan = Plan([Drawn(7, 1.0)], [Lot(0.5, [1, 3]), Lot(1.0, [5])])
    assert plan.expected_traces == 3
    samples = [frozenset(plan.draw(Random(seed))) for seed in range(60)]
    certain = {Drawn(7, 1.0), Drawn(5, 1.0)}
    by_chance = [set(), {Drawn(1, 2.0)}, {Drawn(3, 2.0)}, {Drawn(1, 2.0), Drawn(3, 2.0)}]
    assert set(samples) == {frozenset(certain | drawn) for drawn in by_chance}


def test_the_same_seed_draws_the_same() -> None:
    plan = head_plan(1000, 0.1)
    assert plan.draw(Random(4)) == plan.draw(Random(4)) != plan.draw(Random(5))
