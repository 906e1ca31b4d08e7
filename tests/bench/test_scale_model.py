"""The simulation agrees with what queueing theory says of simple cases."""

from __future__ import annotations

import pytest

from bench.scale_model import Cell, Cost, Costs, simulate

NOTHING = Cost(0.0, 0.0)
COSTS = Costs(NOTHING, NOTHING, NOTHING, NOTHING, 0.0, 5.0)


def mean(values: list[float]) -> float:
    return sum(values) / len(values)


@pytest.mark.parametrize("busy", [0.3, 0.6, 0.8])
def test_one_queue_waits_as_long_as_pollaczek_and_khinchine_say(busy: float) -> None:
    # M/D/1: requests at random moments, each taking the same time.
    service_s = 0.01
    costs = COSTS._replace(take_in=Cost(service_s, 0.0))
    outcome = simulate(Cell(1, 1, 1, 100, rate=100 * busy / service_s), costs, 600, seed=7)
    expected = service_s * (1 + busy / (2 * (1 - busy)))
    assert mean(outcome.latencies) == pytest.approx(expected, rel=0.1)
    assert outcome.collector_busy == pytest.approx(busy, rel=0.05)


def test_what_waits_is_committed_together() -> None:
    # An insert of 1 s takes all that came during the one before: ten requests a second.
    costs = COSTS._replace(insert=Cost(1.0, 0.0))
    outcome = simulate(Cell(1, 1, 4, 100, rate=1_000), costs, 300, seed=7)
    assert outcome.inserts_per_s == pytest.approx(1, rel=0.1)
    assert outcome.spans_per_insert == pytest.approx(1_000, rel=0.1)
    assert max(outcome.latencies) <= 2.001


def test_clients_that_wait_are_slowed_down_by_the_slowest_part() -> None:
    costs = COSTS._replace(take_in=Cost(0.01, 0.0), insert=Cost(0.001, 0.0))
    outcome = simulate(Cell(1, 1, 4, 100, clients=8), costs, 60)
    assert outcome.rate == pytest.approx(100 / 0.01, rel=0.02)


def test_two_collectors_take_twice_as_much_until_clickhouse_is_busy() -> None:
    costs = COSTS._replace(take_in=Cost(0.01, 0.0), insert=Cost(0.004, 0.0))
    one, two = (simulate(Cell(n, 1, 4, 100, clients=32), costs, 60).rate for n in (1, 2))
    assert two == pytest.approx(2 * one, rel=0.05)
    narrow = simulate(Cell(2, 1, 0.1, 100, clients=32), costs, 60)
    assert narrow.clickhouse_busy == pytest.approx(1.0, rel=0.05)
    assert narrow.rate < two


def test_merges_take_cores_from_inserts() -> None:
    costs = COSTS._replace(insert=Cost(0.0, 1e-5), merge_s=1e-5)
    cell = Cell(1, 1, 1, 1_000, rate=10_000, largest_part=25_000)
    outcome = simulate(cell, costs, 60)
    # log 25 to the base of 5 is 2: each span is inserted once and written anew twice.
    assert outcome.clickhouse_busy == pytest.approx(0.3, rel=0.1)
