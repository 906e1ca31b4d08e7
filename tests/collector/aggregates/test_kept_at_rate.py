"""What a rate would keep, against what chance does keep."""

from __future__ import annotations

import random
from math import ceil

import pytest
from flask.testing import FlaskClient

from collector.aggregates.digest import Card
from collector.aggregates.kept_at_rate import kept_at_rate
from collector.aggregates.trace_set import Sample
from collector.analysis.route import Route
from collector.analysis.weight import WEIGHT_UNIT

ROUTE = Route("web", "GET /pair/beer")
SECOND = 10**9


def sample(durations: list[int], weight: int = 1) -> Sample:
    cards = [
        Card(
            *(f"{n:032x}", ROUTE, n * SECOND, duration, False, weight * WEIGHT_UNIT),
            *("", "", b"", b"", b""),
        )
        for n, duration in enumerate(durations)
    ]
    return Sample([], cards, len(cards), True, 0, 0)


def test_traces_and_bytes_a_day() -> None:
    answer = kept_at_rate(sample([1] * 101, weight=2), 500.0, 0.1)
    assert answer["all_per_day"]["traces"] == pytest.approx(202 / 100 * 86_400)
    assert answer["per_day"]["traces"] == pytest.approx(0.1 * answer["all_per_day"]["traces"])
    assert answer["per_day"]["bytes"] == pytest.approx(500 * answer["per_day"]["traces"])


def test_the_intervals_hold_in_95_of_100_samples() -> None:
    chance = random.Random(4)
    durations = [int(1e6 * chance.lognormvariate(3, 1)) for _ in range(10_000)]
    rate, tries = 0.2, 400
    [row] = kept_at_rate(sample(durations), 1.0, rate)["routes"]
    low, high = row["p99_between"]
    right_p99 = right_count = 0
    for _ in range(tries):
        kept = sorted(duration for duration in durations if chance.random() < rate)
        right_p99 += low <= kept[ceil(0.99 * len(kept)) - 1] <= high
        right_count += abs(len(kept) / rate / len(durations) - 1) <= row["count_error"]
    assert 0.92 <= right_p99 / tries <= 0.98
    assert 0.92 <= right_count / tries <= 0.98


def test_too_few_tell_no_p99() -> None:
    [row] = kept_at_rate(sample(list(range(1000))), 1.0, 0.01)["routes"]
    assert row["kept"] == 10
    assert row["p99"] == 989
    assert row["p99_between"] is None


def test_all_is_exact_and_nothing_tells_nothing() -> None:
    [row] = kept_at_rate(sample(list(range(1000))), 1.0, 1.0)["routes"]
    assert (row["count_error"], row["p99_between"]) == (0, [989, 989])
    [row] = kept_at_rate(sample(list(range(1000))), 1.0, 0.0)["routes"]
    assert (row["count_error"], row["p99_between"]) == (None, None)


@pytest.mark.parametrize("rate", ["", "x", "-1", "2", "nan"])
def test_what_is_no_rate_is_refused(client: FlaskClient, rate: str) -> None:
    assert client.get(f"/api/sampling/what-if?rate={rate}").status_code == 400


def test_without_traces_there_is_nothing_to_keep(client: FlaskClient) -> None:
    answer = client.get("/api/sampling/what-if?rate=0.5").json
    assert (answer["routes"], answer["per_day"]["traces"]) == ([], 0)
