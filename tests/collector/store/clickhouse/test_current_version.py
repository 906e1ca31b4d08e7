"""The same SQL runs on the current ClickHouse. `CHDB=1` installs it: tests/collector/chdb_engine.py
says how."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.http.app import Collector
from collector.load_runs.record import Run
from collector.model import Chunk
from collector.search.ast import Node
from collector.search.overview import overview
from collector.search.search import ALL_TIME, search
from collector.search.view import TimeRange
from collector.store.clickhouse import shards as shards_module
from collector.store.clickhouse.address import Address
from collector.store.clickhouse.shards import ClickHouseShards
from collector.store.sqlite import Store
from tests.collector import chdb_engine
from tests.collector.chdb_connection import ChdbConnection
from tests.collector.random_searches import QUERIES
from tests.collector.search.test_search import START, TRACES
from tests.collector.stores import collecting

PATHS = ("routes", "series", "graph?by=path", "map", "deploys", "services")
Stores = tuple[ClickHouseShards, Store]


@pytest.fixture(scope="module")
def stores(
    pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stores]:
    assert pytestconfig.cache is not None
    chdb_engine.make_importable(pytestconfig.cache)
    files = tmp_path_factory.mktemp("rows")
    with pytest.MonkeyPatch.context() as patch, collecting(tmp_path_factory.mktemp("ours")) as ours:
        patch.setattr(shards_module, "Connection", lambda address: ChdbConnection(files))
        address = Address("chdb", 0, "tracing", "", "")
        theirs = ClickHouseShards([address], tmp_path_factory.mktemp("own"))
        for store in (ours, theirs):
            store.add([Chunk(trace_id, spans) for trace_id, spans in TRACES.items()])
        yield theirs, ours
        theirs.close()


def test_every_trace_is_read_as_it_was_stored(stores: Stores) -> None:
    theirs, ours = stores
    for trace_id, spans in list(TRACES.items())[::5]:
        found, stored = theirs.find(trace_id), ours.find(trace_id)
        assert found is not None
        assert stored is not None
        assert found.spans() == spans
        assert found.summary() == stored.summary()
    assert theirs.add([Chunk(*next(iter(TRACES.items())))]).duplicates > 0


@settings(max_examples=15)
@given(node=QUERIES, end=st.sampled_from([START + 60_000, ALL_TIME.end]))
def test_both_find_the_same(stores: Stores, node: Node, end: int) -> None:
    theirs, ours = stores
    assert search(theirs, node, TimeRange(0, end)) == search(ours, node, TimeRange(0, end))
    assert overview(theirs, node) == overview(ours, node)


def test_operations_and_words_are_the_same(stores: Stores) -> None:
    theirs, ours = stores
    assert theirs.traces_by_operation(None) == ours.traces_by_operation(None)
    assert theirs.traces_by_operation("web") == ours.traces_by_operation("web")
    for kind in (["key"], ["service"], ["tag", "rows"]):
        assert set(theirs.words(*kind)) == set(ours.words(*kind))
    assert {trace.trace_id for trace in theirs.newest_traces()} == set(TRACES)
    theirs.newcomers()
    assert theirs.newcomers().traces == []


def test_many_are_found_at_once_and_by_their_spans(stores: Stores) -> None:
    theirs, ours = stores
    ids = list(TRACES)[::3]
    found, stored = theirs.find_all([*ids, "f" * 32]), ours.find_all(ids)
    assert list(found) == list(stored) == ids
    for trace_id in ids:
        assert found[trace_id].summary() == stored[trace_id].summary()
        assert b"".join(found[trace_id].chunks()) == msgspec.msgpack.encode(TRACES[trace_id])
    newest = {trace.trace_id for trace in theirs.with_span(TRACES[ids[0]][0].span_id)}
    assert newest <= set(TRACES)
    assert newest


def test_what_is_asked_about_many_traces_is_the_same(stores: Stores) -> None:
    answers = []
    for store in stores:
        collector = Collector(store)
        client = collector.app.test_client()
        answer = {path: client.get(f"/api/{path}").json for path in PATHS}
        for each in answer.values():
            each.get("sample", {}).pop("as_of", None)
        answers.append(answer)
        collector.live.close()
        collector.auditor.close()
    assert answers[0] == answers[1]


def test_settings_and_runs_are_kept(stores: Stores) -> None:
    theirs, _ = stores
    setting = theirs.setting("sampling.json", theirs.folder)
    assert setting.read() is None
    for content in (b"one", "größe 🍩".encode()):
        setting.write(content)
        assert theirs.setting("sampling.json", theirs.folder).read() == content
    runs = theirs.runs(theirs.folder)
    assert [runs.add(Run(began="1", note=note)) for note in ("first", "second")] == [1, 2]
    assert runs.replace(Run(began="1", number=1, note="grown"))
    assert [run.note for run in runs.newest()] == ["second", "grown"]
