"""Traces of a ClickHouse by number: several are read at once, and none of them is out of date."""

from __future__ import annotations

from pathlib import Path

from collector.model import Chunk, Span
from collector.store.clickhouse.shards import ClickHouseShards
from tests.collector.clickhouse_server import Server


def test_a_trace_that_grows_after_it_was_read_ahead_is_read_again(
    clickhouse: Server, tmp_path: Path
) -> None:
    store = ClickHouseShards([clickhouse.address()], tmp_path)
    (shard,) = store.answering()
    first, second = "1" * 32, "2" * 32
    spans = [Span(number, 0, "web", "load", "GET /", "http", 10**18, 5) for number in (1, 2)]
    store.add([Chunk(first, spans[:1]), Chunk(second, spans[:1])])
    numbered = shard.numbered()
    rows = [numbered.row_of(trace_id, 1) for trace_id in (first, second)]
    assert len(numbered.spans_of(rows[0])) == 1
    store.add([Chunk(second, spans[1:])])
    assert numbered.row_of(second, 2) == rows[1]
    assert len(numbered.spans_of(rows[1])) == 2
    store.close()
