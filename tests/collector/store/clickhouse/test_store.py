"""What is stored in a ClickHouse is what is read from it, each span once, by any collector."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.http.app import Collector
from collector.model import Chunk, Span, TagValue
from collector.span_identity import without_copies
from collector.store.clickhouse.connection import ClickHouseError
from collector.store.clickhouse.shards import ClickHouseShards
from collector.store.group_commit import CannotWriteError
from collector.trace_summary import TraceSummary, summarize_trace
from tests.collector import clickhouse_server
from tests.collector.clickhouse_server import Server
from tests.collector.random_spans import CHUNKS

HOSTILE = ["'; DROP TABLE span; --", "\\'", "a\0b", "{value_0}", "größe 🍩", "\t\n\\N", '`"', ""]


@pytest.fixture(scope="module")
def collectors(
    clickhouse: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[ClickHouseShards, ClickHouseShards]]:
    """Two collectors' stores with one database."""
    address = clickhouse.address()
    stores = [ClickHouseShards([address], tmp_path_factory.mktemp("own")) for _ in range(2)]
    yield stores[0], stores[1]
    for store in stores:
        store.close()


def own_trace(test: int, number: int) -> str:
    """The id of a trace that no other test has, with a lower half that nothing random has either:
    a random trace could have it as its whole id."""
    return f"{test:016x}{0x5EED_0000_0000_0000 + test * 1_000 + number:016x}"


def sorted_summary(summary: TraceSummary) -> tuple[object, ...]:
    """The summary, whatever the order of its services."""
    return (
        *[v for k, v in sorted(vars_of(summary).items()) if k != "services"],
        sorted(summary.services.items()),
    )


def vars_of(summary: TraceSummary) -> dict[str, object]:
    return {name: getattr(summary, name) for name in summary.__struct_fields__}


@settings(max_examples=40)
@given(chunks=st.lists(CHUNKS, min_size=1, max_size=3, unique_by=lambda chunk: chunk.trace_id[16:]))
def test_one_collector_reads_what_another_one_has_stored(
    collectors: tuple[ClickHouseShards, ClickHouseShards], chunks: list[Chunk]
) -> None:
    here, there = collectors
    new = [chunk for chunk in chunks if there.find(chunk.trace_id) is None]
    here.add(new)
    for chunk in new:
        found = there.find(chunk.trace_id)
        assert found is not None
        assert found.spans() == chunk.spans
        summary = summarize_trace(chunk.trace_id, without_copies(chunk.spans))
        if summary.duration < 2**62:  # longer ones are impossible times, which are marked
            assert sorted_summary(found.summary()) == sorted_summary(summary)


def test_what_is_sent_again_is_stored_once_however_it_is_cut(
    collectors: tuple[ClickHouseShards, ClickHouseShards],
) -> None:
    here, there = collectors
    spans = [Span(number, 0, "web", "load", "GET /", "http", 10**18, 5) for number in range(1, 9)]
    trace_id = own_trace(100, 5)
    assert here.add([Chunk(trace_id, spans[:5])]) == (5, 0)
    assert there.add([Chunk(trace_id, spans[2:7]), Chunk(trace_id, spans[6:])]) == (7, 4)
    assert there.add([Chunk(trace_id, spans)]) == (8, 8)
    found = here.find(trace_id)
    assert found is not None
    assert found.spans() == spans
    assert found.summary().spans == 8


def test_a_span_that_two_collectors_took_in_at_once_counts_once(
    collectors: tuple[ClickHouseShards, ClickHouseShards], monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = collectors
    spans = [Span(number, 0, "web", "load", "GET /", "http", 10**18, 5, 1) for number in (1, 2)]
    trace_id = own_trace(100, 6)
    with monkeypatch.context() as patch:
        # As if neither had been stored yet when the other one looked.
        patch.setattr(
            "collector.store.clickhouse.known_traces.KnownTraces.add_new",
            lambda known, trace_id, identities: [True] * len(identities),
        )
        for store in (here, there):
            store.add([Chunk(trace_id, spans)])
    found = here.find(trace_id)
    assert found is not None
    assert found.spans() == spans
    summary = found.summary()
    assert (summary.spans, summary.errors, summary.services) == (2, 2, {"web": 2})


def test_what_another_collector_takes_in_is_seen_live(
    collectors: tuple[ClickHouseShards, ClickHouseShards],
) -> None:
    here, there = collectors
    trace_id = own_trace(100, 7)
    seen: list[int] = []
    here.newcomers()
    for number in (1, 2):
        there.add([Chunk(trace_id, [Span(number, 0, "web", "load", "GET /", "http", 10**18, 5)])])
        seen += [each.spans for each in here.newcomers().traces if each.trace_id == trace_id]
    assert seen == [1, 2]
    assert trace_id not in [each.trace_id for each in here.newcomers().traces]


def test_a_trace_arrives_again_when_its_next_span_comes_as_its_last_gets_old(
    collectors: tuple[ClickHouseShards, ClickHouseShards], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collector.store.clickhouse.newcomers.WINDOW_S", 0.2)
    here, there = collectors
    trace_id = own_trace(100, 8)
    arrived = here.arrivals()
    for number in (1, 2, 3):
        there.add([Chunk(trace_id, [Span(number, 0, "web", "load", "GET /", "http", 10**18, 5)])])
        assert trace_id in arrived()
        time.sleep(0.25)  # past the window: as many spans are in it now as when the next one is


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_stay_what_they_are(
    collectors: tuple[ClickHouseShards, ClickHouseShards], text: str
) -> None:
    here, there = collectors
    trace_id = own_trace(101, HOSTILE.index(text))
    spans = [Span(1, 0, text, text, text, text, 10**18, 5, 0, {text: text})]
    here.add([Chunk(trace_id, spans)])
    found = there.find(trace_id)
    assert found is not None
    assert found.spans() == spans
    assert found.has_tag(text, text)
    assert there.tagged([trace_id], [("no", ""), (text, text)]) == {trace_id}
    assert there.tagged([trace_id], [(text, f"{text}'")]) == set()
    assert not found.has_tag(text, f"{text}'")
    assert text in there.words("service")
    assert text in there.words("tag", text)
    assert there.traces_by_operation(text)


def test_numbers_that_are_equal_keep_their_kinds(
    collectors: tuple[ClickHouseShards, ClickHouseShards],
) -> None:
    here, there = collectors
    trace_id = own_trace(103, 2**63 + 77)
    values: list[TagValue] = [1, 1.0, "1", 0.0, -0.0, 0]
    spans = [
        Span(number, 0, "web", "load", "GET /", "http", 10**18, 5, 0, {"value": value})
        for number, value in enumerate(values, 1)
    ]
    here.add([Chunk(trace_id, spans)])
    found = there.find(trace_id)
    assert found is not None
    read = [span.tags["value"] for span in found.spans()]
    assert read == values
    assert [type(value) for value in read] == [int, float, str, float, float, int]


@pytest.mark.parametrize("again", [0, 1, 2])
def test_what_is_new_of_a_request_is_stored_with_its_own_tags(
    collectors: tuple[ClickHouseShards, ClickHouseShards], again: int
) -> None:
    here, there = collectors
    trace_ids = [own_trace(104, 2**63 + 8 * again + number) for number in range(3)]
    chunks = [
        Chunk(
            trace_id,
            [
                Span(n, 0, "web", f"load {n}", "GET /", "", 10**18, n, 0, {f"k{n}": trace_id})
                for n in range(1, 4)
            ],
        )
        for trace_id in trace_ids
    ]
    assert here.add([Chunk(trace_ids[again], chunks[again].spans[:2])]) == (2, 0)
    assert there.add(chunks) == (9, 2)
    for chunk in chunks:
        found = here.find(chunk.trace_id)
        assert found is not None
        assert found.spans() == chunk.spans


def test_all_collectors_give_a_service_the_same_colour(
    collectors: tuple[ClickHouseShards, ClickHouseShards], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collector.store.clickhouse.services.REFRESH_S", 0.0)
    here, there = collectors
    for number, store in enumerate((here, there, here)):
        name = f"service {number}"
        span = Span(1, 0, name, "load", "GET /", "http", 10**18, 5)
        store.add([Chunk(own_trace(102, number), [span])])
    assert here.catalog.services() == there.catalog.services()
    assert [s.name for s in here.catalog.services()][-3:] == [f"service {n}" for n in range(3)]


def test_what_is_too_old_is_dropped_by_days(clickhouse: Server, tmp_path: Path) -> None:
    store = ClickHouseShards([clickhouse.address()], tmp_path, max_age=3 * 86_400)
    (shard,) = store.answering()
    try:
        for number in (1, 2):
            span = Span(1, 0, "web", "load", "GET /", "http", 10**18, 5)
            store.add([Chunk(f"{number:032x}", [span])])
        # There is no waiting for days to pass, so one of the traces comes from long ago.
        shard.connection.command(
            "INSERT INTO span SELECT * REPLACE (toDate(100) AS day) FROM span WHERE lower = 2"
        )
    except ClickHouseError:  # 18.16 has no REPLACE
        columns = "lower, upper, identity, received, span_id, service"
        shard.connection.command(
            f"INSERT INTO span ({columns}, day) SELECT {columns}, toDate(100) FROM span"  # noqa: S608
            " WHERE lower = 2"
        )
    try:
        assert store.totals().spans == 3
        shard._retention._next = 0.0
        shard._maintain()
        assert (store.totals().spans, store.totals().dropped_spans) == (2, 1)
    finally:
        store.close()


def test_while_clickhouse_is_down_clients_are_told_to_come_again(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    if not clickhouse_server.is_installed():
        pytest.skip(clickhouse_server.MISSING)
    body = '[{"traceId": "%032x", "id": "1", "localEndpoint": {"serviceName": "web"}}]'
    with clickhouse_server.running(tmp_path_factory.mktemp("clickhouse")) as server:
        store = ClickHouseShards([server.address()], tmp_path_factory.mktemp("own"))
        collector = Collector(store)
        client = collector.app.test_client()
        assert client.post("/api/v2/spans", data=body % 1).status_code == 202
        server.stop()
        refused = client.post("/api/v2/spans", data=body % 2)
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
        assert "cannot be reached" in refused.json["error"]
        for path in ("/api/traces", f"/api/trace/{1:032x}", "/api/routes", "/api/operations"):
            answer = client.get(path)
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5"), path
        with pytest.raises(CannotWriteError):
            store.add([Chunk(f"{3:032x}", [Span(1, 0, "web", "a", "b", "", 5, 5)])])
        server.start()
        assert client.post("/api/v2/spans", data=body % 2).status_code == 202
        assert client.get("/api/traces").json["matched"] == 2
        collector.live.close()
        store.close()
