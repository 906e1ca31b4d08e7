"""The same SQL runs on the current ClickHouse: `pip install chdb-core` has it, 180 MB."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.model import Chunk
from collector.search.ast import Node
from collector.search.overview import overview
from collector.search.search import ALL_TIME, search
from collector.search.view import TimeRange
from collector.store.clickhouse import shards as shards_module
from collector.store.clickhouse.address import Address
from collector.store.clickhouse.shards import ClickHouseShards
from collector.store.sqlite import Store
from tests.collector.random_searches import QUERIES
from tests.collector.search.test_search import START, TRACES
from tests.collector.stores import collecting

pytestmark = pytest.mark.skipif(
    find_spec("chdb") is None, reason="no chdb here; pip install chdb-core"
)
Stores = tuple[ClickHouseShards, Store]


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stores]:
    from tests.collector.chdb_connection import ChdbConnection

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
    for trace_id, spans in TRACES.items():
        found, stored = theirs.find(trace_id), ours.find(trace_id)
        assert found is not None
        assert stored is not None
        assert found.spans() == spans
        assert found.summary() == stored.summary()
    assert theirs.add([Chunk(*next(iter(TRACES.items())))]).duplicates > 0


@settings(max_examples=30)
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
    assert theirs.newcomers().traces == []
