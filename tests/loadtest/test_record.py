"""The record of a run, worked out from what was counted."""

from __future__ import annotations

import pytest

from loadtest.record import record
from loadtest.tally import Sample, Tally

MS = 1_000_000
S = 1_000_000_000
BEGAN = 1_700_000_000


def sample(second: float, ms: float, name: str = "/beers", **more: object) -> Sample:
    """A request whose answer came so many seconds after the beginning."""
    start = int((BEGAN + second) * S - ms * MS)
    return Sample("a" * 32, name, start, ms * MS, **more)  # type: ignore[arg-type]


def counted(*samples: Sample) -> Tally:
    tally = Tally()
    for each in samples:
        tally.add(each)
    return tally


def test_throughput_and_percentiles_at_each_level() -> None:
    answers = [sample(second + 0.5, 10) for second in range(4) for _ in range(2)]
    answers += [sample(second + 0.5, 100) for second in range(4, 9) for _ in range(6)]
    wanted = {BEGAN + second: 1 if second < 4 else 5 for second in range(9)}
    run = record(counted(*answers), wanted, BEGAN * S, 8.3, state="finished")
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
    tally = counted(*(sample(0.5, 1) for _ in range(3)), sample(1.5, 900, "/menu"))
    run = record(tally, {BEGAN: 1, BEGAN + 1: 1, BEGAN + 2: 1}, BEGAN * S, 2)
    assert [route["name"] for route in run["routes"]] == ["/menu", "/beers"]
    assert [route["throughput"] for route in run["routes"]] == [0.5, 1.5]


def test_failures_are_told_by_kind_and_planted_ones_apart() -> None:
    broken = sample(1, 5, error="503: no Redis")
    tally = counted(broken, broken, sample(1, 3000, planted="bottleneck 10"), sample(1, 1))
    run = record(tally, {BEGAN: 1}, BEGAN * S, 1)
    assert run["errors"] == [
        {"name": "/beers", "error": "503: no Redis", "count": 2, "trace_id": "a" * 32}
    ]
    assert (run["total"]["failed"], run["total"]["planted"]) == (2, 1)
    assert run["slowest"][0]["planted"] == "bottleneck 10"
    assert len(run["failed"]) == 2


def test_nobody_was_answered() -> None:
    run = record(Tally(), {}, BEGAN * S, 0.1)
    assert run["total"]["p50"] is None
    assert run["levels"] == run["timeline"] == run["routes"] == []


def test_processes_count_together_as_one_would() -> None:
    first = counted(*(sample(0.5, ms, error="x" if ms == 7 else "") for ms in range(1, 30)))
    second = counted(*(sample(1.5, ms, "/menu") for ms in range(20, 60)))
    second.unsent = 3
    first.merge(Tally.unpack(second.pack()))
    assert len(first.slowest) == 20
    assert first.slowest[0].duration == 59 * MS
    assert first.routes["/menu"].times.count == 40
    assert first.unsent == 3
    assert set(first.seconds) == {BEGAN, BEGAN + 1}
