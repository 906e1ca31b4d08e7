"""A ClickHouse finds what a store of our own finds, in the same order, page by page."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.search.ast import EVERYTHING, Node
from collector.search.order import ORDERS, read_cursor
from collector.search.overview import overview
from collector.search.search import ALL_TIME, search
from collector.search.view import TimeRange
from collector.store.clickhouse.shards import ClickHouseShards
from collector.store.sqlite import Store
from tests.collector.clickhouse_server import Server
from tests.collector.random_searches import QUERIES
from tests.collector.search.test_search import START, TRACES, in_parts
from tests.collector.stores import collecting

Stores = tuple[ClickHouseShards, Store]


@pytest.fixture(scope="module")
def stores(clickhouse: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stores]:
    """Two stores with `TRACES`, in parts, in random order."""
    rng = random.Random(5)
    chunks = in_parts(rng)
    rng.shuffle(chunks)
    theirs = ClickHouseShards([clickhouse.address()], tmp_path_factory.mktemp("own"))
    with collecting(tmp_path_factory.mktemp("store")) as ours:
        for begin in range(0, len(chunks), 20):
            for store in (theirs, ours):
                store.add(chunks[begin : begin + 20])
        yield theirs, ours
    theirs.close()


@settings(max_examples=60)
@given(
    node=QUERIES,
    order=st.sampled_from(sorted(ORDERS)),
    begin=st.sampled_from([0, START + 20_000]),
    end=st.sampled_from([START + 60_000, ALL_TIME.end]),
)
def test_both_find_the_same(stores: Stores, node: Node, order: str, begin: int, end: int) -> None:
    theirs, ours = (search(store, node, TimeRange(begin, end), order) for store in stores)
    assert theirs == ours


@settings(max_examples=20)
@given(node=QUERIES)
def test_both_give_the_same_overview(stores: Stores, node: Node) -> None:
    theirs, ours = (overview(store, node) for store in stores)
    assert theirs == ours


@pytest.mark.parametrize("order", sorted(ORDERS))
def test_pages_follow_one_another(
    stores: Stores, order: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collector.search.clickhouse_view._FETCHED_TRACES", 7)
    pages = []
    for store in stores:
        found, cursor = [], None
        while True:
            page = search(store, EVERYTHING, order=order, limit=40, after=cursor)
            found += page.traces
            if page.next is None:
                break
            cursor = read_cursor(page.next, order)
        pages.append(found)
    assert pages[0] == pages[1]
    assert len(pages[0]) == len(TRACES)
