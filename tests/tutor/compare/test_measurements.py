"""How many times as fast, and whether that is clear."""

from __future__ import annotations

import pytest

from tutor.compare.measurements import ALONE, CROWDED, REVIEWS, THROUGHPUT, Measurements
from tutor.compare.verdict import judge


def measured(quantity, a: list[float], b: list[float]) -> Measurements:
    made = Measurements()
    for version, rounds in (("step-11", a), ("step-12", b)):
        for value in rounds:
            made.add(version, quantity, value)
    return made


def ratio(quantity, a: list[float], b: list[float]):
    result = measured(quantity, a, b).ratio("step-11", "step-12", quantity)
    assert result
    return result


def test_rounds_are_compared_one_by_one_so_that_noise_hits_both() -> None:
    noisy = ratio(ALONE, [1.0, 5.0, 2.0], [0.5, 2.5, 1.0])
    assert noisy.median == 2
    assert noisy.better
    assert not noisy.worse


def test_more_answers_a_second_are_better() -> None:
    assert ratio(THROUGHPUT, [10, 10], [30, 20]).median == 2.5
    assert ratio(THROUGHPUT, [30, 20], [10, 10]).worse


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ([1.0, 1.0], [0.95, 0.96]),  # hardly
        ([1.0, 1.0, 1.0], [0.5, 0.5, 1.1]),  # not always
        ([0.003, 0.003], [0.0015, 0.0016]),  # nobody would notice
    ],
)
def test_what_is_not_clear_counts_as_no_difference(a, b) -> None:
    measurements = measured(ALONE, a, b)
    verdict = judge(measurements, "step-11", "step-12", [], [])
    assert not verdict.good
    assert str(verdict) == "nothing is clearly faster"


def test_nothing_was_measured() -> None:
    assert Measurements().ratio("step-11", "step-12", ALONE) is None
    assert Measurements().value("step-11", ALONE) is None


def test_it_must_be_faster_and_not_slower_elsewhere_and_unchanged() -> None:
    measurements = measured(ALONE, [1.0, 1.0], [0.2, 0.2])
    assert judge(measurements, "step-11", "step-12", [], []).good
    assert "all answers are the same" in str(judge(measurements, "step-11", "step-12", [], []))

    changed = judge(measurements, "step-11", "step-12", ["/beers: …"], [])
    failed = judge(measurements, "step-11", "step-12", [], ["step-12: /pair/beer 503"])
    assert (changed.good, failed.good) == (False, False)
    assert "1 answer changed" in str(changed)

    for value in (0.1, 0.1):
        measurements.add("step-11", REVIEWS, value)
        measurements.add("step-12", REVIEWS, 2 * value)
        measurements.add("step-11", CROWDED, value)
        measurements.add("step-12", CROWDED, 9 * value)
    slower = judge(measurements, "step-11", "step-12", [], [])
    assert not slower.good
    assert str(slower) == "slower: the reviews of a beer"
