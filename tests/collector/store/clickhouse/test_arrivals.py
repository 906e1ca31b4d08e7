"""Every collector is told once what has come, whichever of them took it in."""

from __future__ import annotations

from pathlib import Path

import pytest

from collector.http.app import Collector
from collector.model import Chunk, Span
from collector.store.clickhouse import arrivals
from collector.store.clickhouse.shards import ClickHouseShards
from tests.collector.clickhouse_server import Server
from tests.waiting import wait_until

TRACE = "1" * 32
RULES = "only web may call taster"


def call(caller: str, number: int) -> list[Span]:
    """A call of the taster."""
    client, server = {"span.kind": "client"}, {"span.kind": "server"}
    return [
        Span(2 * number, 0, caller, "request", "GET /", "http", 10**18, 9, tags=client),
        Span(2 * number + 1, 2 * number, "taster", "taste", "", "http", 10**18, 5, tags=server),
    ]


def test_a_trace_is_told_of_once_by_all_its_spans(
    clickhouse: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrivals, "SETTLED_S", 0.0)
    monkeypatch.setattr(arrivals, "INTERVAL_S", 0.0)
    monkeypatch.setattr(arrivals, "MAX_SHARE", 1e9)
    address = clickhouse.address()
    here, there = (ClickHouseShards([address], tmp_path / name) for name in ("here", "there"))
    first, second = call("web", 1), call("web", 2)
    here.add([Chunk(TRACE, first)])
    assert there.arrivals() == {TRACE: 2}
    assert there.arrivals() == {}
    here.add([Chunk(TRACE, first + second)])
    assert there.arrivals() == here.arrivals() == {TRACE: 4}
    here.close()
    there.close()


def test_any_collector_audits_what_came_by_way_of_another(
    clickhouse: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrivals, "SETTLED_S", 0.2)
    monkeypatch.setattr(arrivals, "INTERVAL_S", 0.0)
    address = clickhouse.address()
    stores = [ClickHouseShards([address], tmp_path / name) for name in ("here", "there")]
    here, there = (Collector(store, audit_rules=RULES) for store in stores)
    tallies = here.auditor.tally, there.auditor.tally
    stores[0].add([Chunk(TRACE, call("web", 1))])
    wait_until(lambda: all(tally.spans_checked(TRACE) == 2 for tally in tallies))
    stores[1].add([Chunk(TRACE, call("menu-printer", 2))])
    wait_until(lambda: all(tally.spans_checked(TRACE) == 4 for tally in tallies))
    assert [tally.found for tally in tallies] == [1, 1]
    for collector, store in zip((here, there), stores, strict=True):
        collector.live.close()
        collector.auditor.close()
        store.close()
