"""Comparisons of traces kept at different rates: equals do not differ, changes are found."""

from __future__ import annotations

import random
from typing import NamedTuple

import pytest

from collector.analysis.calls import Calls
from collector.analysis.compare import compare
from collector.analysis.fold import OUTSIDE, Fold, Node
from collector.analysis.histogram import bar
from collector.analysis.span_keys import Operation
from collector.analysis.weight import WEIGHT_UNIT, squared

REPETITIONS = 200


class Part(NamedTuple):
    """Some of the traces that were kept."""

    share: float
    rate: float
    """The probability with which they were kept."""
    duration_ms: float = 10
    """Median."""


ALL = [Part(1, 1)]
NINE_TO_ONE = [Part(0.9, 1), Part(0.1, 0.01)]
HALVES = [Part(0.5, 1), Part(0.5, 0.1)]
FOUR_RATES = [Part(0.4, 1), Part(0.3, 0.5), Part(0.2, 0.1), Part(0.1, 0.01)]
SLOW_ARE_RARE = [Part(0.98, 1), Part(0.02, 0.01, 50)]
FAST_ARE_RARE = [Part(0.9, 1, 50), Part(0.1, 0.01)]
FEW_HEAVY = [Part(0.995, 1), Part(0.005, 0.01, 50)]

MIXES = {
    "nine to one": (NINE_TO_ONE, 200, NINE_TO_ONE, 200),
    "nine to one, few": (NINE_TO_ONE, 50, NINE_TO_ONE, 50),
    "all, and one in a hundred": (ALL, 200, [Part(1, 0.01)], 50),
    "all, and nine to one": (ALL, 200, NINE_TO_ONE, 400),
    "four rates": (FOUR_RATES, 200, FOUR_RATES, 200),
    "halves, and nine to one": (HALVES, 100, NINE_TO_ONE, 300),
    "the slow route sampled": (SLOW_ARE_RARE, 800, SLOW_ARE_RARE, 800),
    "the fast route sampled": (FAST_ARE_RARE, 300, FAST_ARE_RARE, 300),
    "few heavy traces on unequal sides": (FEW_HEAVY, 1000, FEW_HEAVY, 200),
}


def kept(rng: random.Random, parts: list[Part], count: int, slower: float = 1) -> Fold:
    """Traces of one span, which lasts some milliseconds, rounded: there are ties."""
    node = Node(Operation("web", "work", "work"))
    total = Fold(count, nodes={"work": node})
    for part in rng.choices(parts, [part.share for part in parts], k=count):
        duration = 100_000 * round(10 * part.duration_ms * slower * rng.lognormvariate(0, 0.3))
        weight, number = round(WEIGHT_UNIT / part.rate), bar(duration)
        total.traces += weight
        total.squares += squared(weight)
        total.duration += weight * duration
        node.traces += weight
        node.critical += weight * duration
        node.criticals[number] = node.criticals.get(number, 0) + weight
        squares = node.critical_squares.get(number, 0)
        node.critical_squares[number] = squares + squared(weight)
    node.callers[OUTSIDE] = Calls(calls=node.traces)
    return total


@pytest.mark.parametrize("mix", MIXES)
def test_equal_programs_are_told_apart_in_fewer_than_one_of_a_hundred_comparisons(mix: str) -> None:
    parts_a, count_a, parts_b, count_b = MIXES[mix]
    rng = random.Random(mix)
    alarms = 0
    for _ in range(REPETITIONS):
        comparison = compare(kept(rng, parts_a, count_a), kept(rng, parts_b, count_b))
        alarms += any(shift.verdict == "changed" for shift in comparison.shifts)
    assert alarms < REPETITIONS / 100


@pytest.mark.parametrize("rate", [1, 0.01])
def test_a_fifth_more_is_found_in_nearly_every_comparison(rate: float) -> None:
    rng = random.Random(1)
    found = 0
    for _ in range(REPETITIONS):
        a = kept(rng, [Part(1, rate)], 200)
        b = kept(rng, [Part(1, rate)], 200, slower=1.2)
        found += any(shift.verdict == "changed" for shift in compare(a, b).shifts)
    assert found >= 0.95 * REPETITIONS


def test_one_heavy_trace_among_a_hundred_is_not_enough() -> None:
    rng = random.Random(1)
    lopsided = [Part(0.99, 1), Part(0.01, 0.0001)]
    comparison = compare(kept(rng, lopsided, 200), kept(rng, lopsided, 200))
    assert comparison.count_a == 200
    assert comparison.effective_a < 5
    assert not comparison.enough
