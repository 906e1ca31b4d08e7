"""All collectors know the services that any of them has met."""

from __future__ import annotations

from pathlib import Path

from collector.model import Chunk, Span
from collector.store.clickhouse.shards import ClickHouseShards
from tests.collector.clickhouse_server import Server


def test_a_service_has_its_colour_as_soon_as_its_spans_are_stored(
    clickhouse: Server, tmp_path: Path
) -> None:
    address = clickhouse.address()
    here, there = (ClickHouseShards([address], tmp_path / name) for name in ("here", "there"))
    assert there.catalog.services() == []
    spans = [
        Span(number, 0, name, "load", "GET /", "http", 10**18, 5)
        for number, name in enumerate(("taster", "web"), 1)
    ]
    here.add([Chunk("1" * 32, spans)])
    colours = [here.catalog.color_and_kind(name) for name in ("taster", "web")]
    assert colours == [(0, "service"), (1, "service")]
    assert [there.catalog.color_and_kind(name) for name in ("taster", "web")] == colours
    here.close()
    there.close()
