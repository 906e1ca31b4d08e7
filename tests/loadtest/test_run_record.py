"""The record of a run, worked out from what was counted."""

from __future__ import annotations

import pytest

from loadtest.request_counts import RunCounts, Sample
from loadtest.run_record import run_record

MS = 1_000_000
S = 1_000_000_000
START_S = 1_700_000_000


def sample(second: float, ms: float, name: str = "/beers", **more: object) -> Sample:
    """Return a request whose response came `second` seconds after the beginning."""
    start = int((START_S + second) * S - ms * MS)
    return Sample("a" * 32, name, start, ms * MS, **more)  # type: ignore[arg-type]


def counted(*samples: Sample) -> RunCounts:
    counts = RunCounts()
    for request in samples:
        counts.add(request)
    return counts


def test_throughput_and_percentiles_at_each_level() -> None:
    answers = [sample(second + 0.5, 10) for second in range(4) for _ in range(2)]
    answers += [sample(second + 0.5, 100) for second in range(4, 9) for _ in range(6)]
    users = {START_S + second: 1 if second < 4 else 5 for second in range(9)}
    run = run_record(counted(*answers), users, START_S * S, 8.3, state="finished")
    few, many = run["levels"]
    assert (few["users"], few["seconds"], few["throughput"]) == (1, 3, 2), "without its first"
    assert (many["users"], many["seconds"], many["throughput"]) == (5, 3, 6), "nor the run's last"
    assert few["p50"] == pytest.approx(10 * MS, rel=0.01)
    assert many["p95"] == pytest.approx(100 * MS, rel=0.01)
    assert run["total"]["requests"] == 38
    assert run["total"]["throughput"] == pytest.approx((4 * 2 + 4 * 6) / 8)
    assert [second["requests"] for second in run["timeline"]] == [2] * 4 + [6] * 5
    assert run["state"] == "finished"


def test_routes_share_the_throughput_and_come_by_their_time() -> None:
    counts = counted(*(sample(0.5, 1) for _ in range(3)), sample(1.5, 900, "/menu"))
    run = run_record(counts, {START_S: 1, START_S + 1: 1, START_S + 2: 1}, START_S * S, 2)
    assert [route["name"] for route in run["routes"]] == ["/menu", "/beers"]
    assert [route["throughput"] for route in run["routes"]] == [0.5, 1.5]


def test_failures_are_listed_by_kind_and_planted_ones_are_counted_apart() -> None:
    broken = sample(1, 5, error="503: no Redis")
    counts = counted(broken, broken, sample(1, 3000, planted="bottleneck 10"), sample(1, 1))
    run = run_record(counts, {START_S: 1}, START_S * S, 1)
    assert run["errors"] == [
        {"name": "/beers", "error": "503: no Redis", "count": 2, "trace_id": "a" * 32}
    ]
    assert (run["total"]["failed"], run["total"]["planted"]) == (2, 1)
    assert run["slowest"][0]["planted"] == "bottleneck 10"
    assert len(run["failed"]) == 2


def test_a_run_without_a_response() -> None:
    run = run_record(RunCounts(), {}, START_S * S, 0.1)
    assert run["total"]["p50"] is None
    assert run["levels"] == run["timeline"] == run["routes"] == []


def test_processes_count_together_as_one_would() -> None:
    first = counted(*(sample(0.5, ms, error="x" if ms == 7 else "") for ms in range(1, 30)))
    second = counted(*(sample(1.5, ms, "/menu") for ms in range(20, 60)))
    second.unsent = 3
    first.merge(RunCounts.unpack(second.pack()))
    assert len(first.slowest) == 20
    assert first.slowest[0].duration == 59 * MS
    assert first.routes["/menu"].times.count == 40
    assert first.unsent == 3
    assert set(first.seconds) == {START_S, START_S + 1}
