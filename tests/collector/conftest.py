"""A collector inside the test's own process, and clients to talk to it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.serving import make_server

from collector.http.app import Collector
from collector.store.clickhouse.shards import ClickHouseShards
from collector.store.sqlite import Store
from collector.store.trace_store import TraceStore
from tests.collector import clickhouse_server

MSGPACK = "application/msgpack"


@contextmanager
def collecting(folder: Path, max_spans: int = 2_000_000, max_age: float = 1e6) -> Iterator[Store]:
    """Open a store in the folder until the block ends."""
    store = Store(folder, max_spans, max_age)
    try:
        yield store
    finally:
        store.close()


@contextmanager
def serving(store: Store) -> Iterator[str]:
    """Serve the store over HTTP in a thread of this process until the block ends; yields the
    address."""
    collector = Collector(store)
    server = make_server("127.0.0.1", 0, collector.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        collector.live.close()
        server.shutdown()
        thread.join()
        server.server_close()


on_both_stores = pytest.mark.parametrize(
    "store", ["sqlite", "clickhouse"], indirect=True, scope="module"
)
"""The mark of a module whose tests use the fixture `store`, and hold for every kind of store."""


@pytest.fixture(scope="session")
def clickhouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[clickhouse_server.Server]:
    """A real ClickHouse, shared by the whole run: each test has a database of its own."""
    if not clickhouse_server.is_installed():
        pytest.skip(clickhouse_server.MISSING)
    with clickhouse_server.running(tmp_path_factory.mktemp("clickhouse")) as server:
        yield server


@pytest.fixture(scope="module")
def store(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TraceStore]:
    """One store for all tests of a module: files, or a ClickHouse if it is asked for."""
    folder = tmp_path_factory.mktemp("store")
    if getattr(request, "param", "sqlite") == "clickhouse":
        server = request.getfixturevalue("clickhouse")
        store: TraceStore = ClickHouseShards([server.address()], folder)
        try:
            yield store
        finally:
            store.close()
    else:
        with collecting(folder) as store:
            yield store


@pytest.fixture(scope="module")
def client(store: TraceStore) -> Iterator[FlaskClient]:
    """An HTTP client of a collector with that store."""
    collector = Collector(store)
    yield collector.app.test_client()
    collector.live.close()


@pytest.fixture(scope="module")
def get(client: FlaskClient) -> Callable[..., object]:
    """A function that gets a path with parameters and returns the JSON of the 200."""

    def ask(path: str, **parameters: object) -> object:
        answer = client.get(path, query_string=parameters)
        assert answer.status_code == 200, answer.text
        return answer.json

    return ask
