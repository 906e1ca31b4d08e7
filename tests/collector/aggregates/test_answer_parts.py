"""What a sample says about all that was there."""

from __future__ import annotations

import random
from types import SimpleNamespace
from typing import cast

import pytest

from collector.aggregates.answer_parts import duration_json, represented
from collector.aggregates.digest import Card
from collector.analysis.weight import WEIGHT_UNIT


def timed(*durations: int, rate: float = 1) -> list[Card]:
    """Traces of these durations, each kept with that probability; a negative one is impossible."""
    weight = round(WEIGHT_UNIT / rate)
    made = [SimpleNamespace(duration=ns, weight=weight, timed=ns >= 0) for ns in durations]
    return cast("list[Card]", made)


def cards(*weights: float) -> list[Card]:
    made = [SimpleNamespace(weight=round(weight * WEIGHT_UNIT)) for weight in weights]
    return cast("list[Card]", made)


def test_where_everything_is_kept_nothing_is_uncertain() -> None:
    assert represented(cards(*[1.0] * 7)) == {"represents": 7, "plus_minus": 0}
    assert represented([]) == {"represents": 0, "plus_minus": 0}


def test_what_is_kept_for_certain_adds_no_uncertainty() -> None:
    drawn, both = represented(cards(*[10.0] * 30)), represented(cards(*[10.0] * 30, *[1.0] * 99))
    assert both["represents"] == drawn["represents"] + 99
    assert both["plus_minus"] == drawn["plus_minus"]


@pytest.mark.parametrize("rate", [0.5, 0.1, 0.02])
def test_the_sum_of_weights_is_right_on_average_and_its_interval_holds_the_truth(
    rate: float,
) -> None:
    rng = random.Random(11)
    size, rounds = 4000, 400
    sums, held = 0.0, 0
    for _ in range(rounds):
        kept = sum(rng.random() < rate for _ in range(size))
        told = represented(cards(*[1 / rate] * kept))
        sums += told["represents"]
        held += abs(told["represents"] - size) <= told["plus_minus"]
    deviation = (size * (1 - rate) / rate / rounds) ** 0.5
    assert abs(sums / rounds - size) < 4 * deviation
    assert 0.91 * rounds < held < 0.985 * rounds


def test_percentiles_are_uncertain_only_in_a_sample() -> None:
    everything, sampled = (duration_json(timed(*range(1000), rate=rate)) for rate in (1, 0.1))
    assert everything["duration_between"] is None
    assert sampled["duration"] == everything["duration"] == {"p50": 499, "p95": 949, "p99": 989}
    assert list(sampled["duration_between"]) == ["p50", "p95", "p99"]
    for name, (low, high) in sampled["duration_between"].items():
        assert low < sampled["duration"][name] < high


def test_what_few_traces_cannot_tell_is_null() -> None:
    assert duration_json(timed(7, rate=0.5))["duration_between"]["p50"] == (None, None)
    assert duration_json(timed(*range(30), rate=0.5))["duration_between"]["p99"][1] is None


def test_impossible_times_tell_nothing() -> None:
    assert duration_json(timed(-1, -1, rate=0.5))["duration_between"] is None
    assert duration_json(timed(*range(99), -1, rate=0.5)) == duration_json(
        timed(*range(99), rate=0.5)
    )
