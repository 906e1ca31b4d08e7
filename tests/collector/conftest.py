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
from collector.store.sqlite import Store

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


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One store for all tests of a module."""
    with collecting(tmp_path_factory.mktemp("store")) as store:
        yield store


@pytest.fixture(scope="module")
def client(store: Store) -> Iterator[FlaskClient]:
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
