"""Stores of either kind for tests: files, or two real ClickHouses that share the traces."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from collector.store.clickhouse.shards import ClickHouseShards
from collector.store.sqlite import Store
from collector.store.trace_store import TraceStore
from tests.collector.clickhouse_server import Server

FILES, CLICKHOUSE = "sqlite", "clickhouse"
_numbers = itertools.count(1)


@contextmanager
def collecting(folder: Path, max_spans: int = 2_000_000, max_age: float = 1e6) -> Iterator[Store]:
    """Open a store of files in the folder until the block ends."""
    store = Store(folder, max_spans, max_age)
    try:
        yield store
    finally:
        store.close()


class Stores:
    """Opens stores of one kind."""

    def __init__(self, folder: Path, servers: Sequence[Server] = ()) -> None:
        """Keep everything below the folder; with servers, the traces on them."""
        self._folder = folder
        self._servers = servers
        self._database = f"stores_{next(_numbers)}"

    @contextmanager
    def open(self, name: str = "store") -> Iterator[TraceStore]:
        """Open a store until the block ends: an empty one, unless one of this name was open
        before."""
        folder = self._folder / name
        folder.mkdir(exist_ok=True)
        if not self._servers:
            with collecting(folder) as files:
                yield files
            return
        addresses = [server.address(f"{self._database}_{name}") for server in self._servers]
        store = ClickHouseShards(addresses, folder)
        try:
            yield store
        finally:
            store.close()
