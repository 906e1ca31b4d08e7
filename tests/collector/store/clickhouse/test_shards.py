"""Traces on two ClickHouses: while one is stopped, clients come again, nothing acknowledged is
lost, and searches say what is missing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings

from collector.http.app import Collector
from collector.model import Chunk, Span
from collector.search.ast import Node
from collector.search.overview import overview
from collector.search.search import search
from collector.store.clickhouse import shards as shards_module
from collector.store.clickhouse.connection import ClickHouseError
from collector.store.clickhouse.shards import ClickHouseShards
from tests.collector import clickhouse_server
from tests.collector.clickhouse_server import Server
from tests.collector.random_searches import QUERIES
from tests.collector.search.test_search import TRACES
from tests.collector.stores import collecting


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Server]]:
    if not clickhouse_server.is_installed():
        pytest.skip(clickhouse_server.MISSING)
    with clickhouse_server.two_running(tmp_path_factory) as servers:
        yield servers


def body(number: int) -> str:
    span = {"traceId": f"{number:032x}", "id": "1", "localEndpoint": {"serviceName": "web"}}
    return msgspec.json.encode([span]).decode()


def guessed(number: int) -> Chunk:
    """A trace that was inferred from logs."""
    tags: dict[str, str | float] = {"inferred.from": "records"}
    return Chunk(f"{number:032x}", [Span(1, 0, "web", "op", "GET /", "http", 10**18, 5, tags=tags)])


PARTIAL = [
    *("traces", "summary", "search?q=service:web", "operations", "routes", "series", "map"),
    *("graph?by=path", "payers", "compare", "deploys", "what-if", "away?service=web", "inferred"),
    *("sampling/stored", "sampling/what-if?rate=0.5", "sampling/laboratory?rate=0.5", "audit"),
    *(f"trace/{{trace}}/{part}" for part in ("insight", "bill")),
    "trace/{inferred}/inferred",
]
"""What is asked about all traces."""


def matched(client: FlaskClient) -> Any:
    return client.get("/api/traces", query_string={"q": "service:web", "limit": 1000}).json


def first_id(page: Any) -> str:
    return str(page["traces"][0]["trace_id"])


def test_one_is_stopped_in_the_middle(
    servers: list[Server],
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shards_module, "_PROBE_S", 0.0)
    monkeypatch.setattr(shards_module, "_PROBE_AGAIN_S", 0.0)
    addresses = [server.address("stopped") for server in servers]
    store = ClickHouseShards(addresses, tmp_path_factory.mktemp("own"))
    collector = Collector(store)
    client = collector.app.test_client()
    acknowledged, refused = set(), set()

    def send(number: int) -> None:
        answer = client.post("/api/v2/spans", data=body(number))
        if answer.status_code == 202:
            acknowledged.add(number)
        else:
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
            refused.add(number)

    for number in range(1, 21):
        send(number)
    assert len(acknowledged) == 20
    store.add([guessed(number) for number in range(101, 121)])
    servers[1].stop()
    for number in range(21, 41):
        send(number)
    assert refused
    assert len(acknowledged) > 20

    partly = matched(client)
    assert 0 < partly["matched"] < len(acknowledged)
    assert not partly["matched_exact"]
    (missing,) = partly["missing"]
    assert str(addresses[1]) in missing
    inferred = client.get("/api/traces?q=inferred:1").json
    ids = {"trace": first_id(partly), "inferred": first_id(inferred)}
    for path in PARTIAL:
        answer = client.get(f"/api/{path.format(**ids)}")
        assert answer.status_code == 200, (path, answer.text)
        assert answer.json["missing"] == [missing], path
        for sample in (answer.json.get("sample"), answer.json.get("a", {}).get("sample")):
            assert not (sample and sample["matched_exact"]), path
    assert client.post("/api/audit", data=b"never web calls db").json["missing"] == [missing]
    assert client.get("/stats").json["missing"] == [missing]
    exported = client.get("/api/export")
    assert exported.headers["Missing"] == missing
    assert int(exported.headers["Exported-Traces"]) == partly["matched"]
    learned = client.get("/api/audit/learned")
    assert learned.headers["Missing"] == missing
    assert f"# Some traces are missing here: {missing}\n" in learned.text
    assert "missing" not in client.get("/api/sampling/kept").json  # counted by the collector itself
    assert client.get("/api/services").status_code == 200

    servers[1].start()
    for number in refused:
        send(number)
    whole = matched(client)
    assert acknowledged == set(range(1, 41))
    assert whole["matched"] == 40
    assert whole["matched_exact"]
    for path in PARTIAL:
        assert "missing" not in client.get(f"/api/{path.format(**ids)}").json, path
    assert {int(trace["trace_id"], 16) for trace in whole["traces"]} == acknowledged
    learned = client.get("/api/audit/learned")
    assert "Missing" not in learned.headers
    assert "missing" not in learned.text
    collector.live.close()
    store.close()


def test_a_collector_starts_while_one_is_stopped(
    servers: list[Server],
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(shards_module, "_PROBE_AGAIN_S", 0.0)
    addresses = [server.address("started") for server in servers]
    span = Span(1, 0, "web", "load", "GET /", "http", 10**18, 5)
    servers[0].stop()
    try:
        with pytest.raises(ClickHouseError, match="cannot be reached"):
            ClickHouseShards(addresses[:1], tmp_path_factory.mktemp("own"))
        store = ClickHouseShards(addresses, tmp_path_factory.mktemp("own"))
    finally:
        servers[0].start()
    assert "is left out" in capsys.readouterr().err
    assert store.add([Chunk(f"{number:032x}", [span]) for number in range(1, 9)]).spans == 8
    assert store.missing() == []
    assert all(shard.totals().traces for shard in store.answering())
    assert [service.name for service in store.catalog.services()] == ["web"]
    store.close()


def test_a_question_during_which_one_goes_away_is_answered_without_it(
    servers: list[Server], tmp_path_factory: pytest.TempPathFactory
) -> None:
    addresses = [server.address("gone") for server in servers]
    store = ClickHouseShards(addresses, tmp_path_factory.mktemp("own"))
    collector = Collector(store)
    client = collector.app.test_client()
    for number in range(1, 21):
        assert client.post("/api/v2/spans", data=body(number)).status_code == 202
    assert matched(client)["matched"] == 20  # and so both are known to answer, for a second
    servers[1].stop()
    try:
        partly = matched(client)
        assert 0 < partly["matched"] < 20
        assert str(addresses[1]) in partly["missing"][0]
        here = {int(trace["trace_id"], 16) for trace in partly["traces"]}
        there = next(number for number in range(1, 21) if number not in here)
        gone = client.get(f"/api/trace/{there:032x}")
        assert (gone.status_code, gone.headers["Retry-After"]) == (503, "5")
    finally:
        servers[1].start()
        collector.live.close()
        store.close()


@settings(max_examples=30)
@given(node=QUERIES)
def test_two_find_what_one_would(both: tuple[ClickHouseShards, Any], node: Node) -> None:
    theirs, ours = both
    assert search(theirs, node, limit=40) == search(ours, node, limit=40)
    assert overview(theirs, node) == overview(ours, node)


@pytest.fixture(scope="module")
def both(
    servers: list[Server], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[ClickHouseShards, Any]]:
    addresses = [server.address("searched") for server in servers]
    theirs = ClickHouseShards(addresses, tmp_path_factory.mktemp("own"))
    with collecting(tmp_path_factory.mktemp("store")) as ours:
        for store in (theirs, ours):
            store.add([Chunk(trace_id, spans) for trace_id, spans in TRACES.items()])
        assert all(shard.totals().traces for shard in theirs.answering())
        yield theirs, ours
    theirs.close()
