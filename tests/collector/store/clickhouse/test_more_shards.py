"""What docs/scale.md says about adding a ClickHouse: each trace moves to where it is looked for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from collector.model import Chunk, Span
from collector.store.clickhouse.connection import Connection
from collector.store.clickhouse.shards import ClickHouseShards
from tests.collector import clickhouse_server
from tests.collector.clickhouse_server import PASSWORD, USER, Server
from tests.servers import ROOT


@pytest.fixture
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Server]]:
    if not clickhouse_server.is_installed():
        pytest.skip(clickhouse_server.MISSING)
    with ExitStack() as stack:
        folders = [tmp_path_factory.mktemp("clickhouse") for _ in range(3)]
        yield [stack.enter_context(clickhouse_server.running(folder)) for folder in folders]


def test_a_third_one_is_added(
    servers: list[Server], tmp_path_factory: pytest.TempPathFactory
) -> None:
    def opened(count: int, database: str) -> ClickHouseShards:
        addresses = [server.address(database) for server in servers[:count]]
        return ClickHouseShards(addresses, tmp_path_factory.mktemp("own"))

    found = re.search(
        r"```sql\n(INSERT INTO span .*?)```", (ROOT / "docs/scale.md").read_text("utf-8"), re.DOTALL
    )
    assert found
    span = Span(1, 0, "web", "load", "GET /", "http", 10**18, 5)
    trace_ids = [f"{number * 7919:032x}" for number in range(1, 201)]
    before, after = opened(2, "tracing"), opened(3, "tracing3")
    before.add([Chunk(trace_id, [span]) for trace_id in trace_ids])
    after.add([Chunk(trace_id, [span]) for trace_id in trace_ids[:5]])  # came meanwhile
    for number, server in enumerate(servers):
        connection = Connection(server.address("tracing3"))
        for old in servers[:2]:
            statement = found[1].replace("'db1:9000'", f"'127.0.0.1:{old.tcp_port}'")
            statement = statement.replace("'tracer', 'secret'", f"'{USER}', '{PASSWORD}'")
            connection.command(statement.replace("% 3 = 0", f"% 3 = {number}"))
        connection.close()
    assert all(after.find(trace_id) for trace_id in trace_ids)
    assert len({trace.trace_id for trace in after.newest_traces()}) == len(trace_ids)
    assert min(shard.totals().traces for shard in after.answering()) > 40
    for store in (before, after):
        store.close()
