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
from collector.store.trace_store import TraceStore
from tests.collector import clickhouse_server
from tests.collector.clickhouse_server import Server
from tests.collector.stores import CLICKHOUSE, FILES, Stores

MSGPACK = "application/msgpack"


@contextmanager
def serving(store: TraceStore) -> Iterator[str]:
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


ANY_STORE = ("aggregates", "audit", "http", "independent", "laboratory", "sampling", "search")
"""Folders whose tests of the API and of the insight hold for every kind of store. Tests in other
folders, about formats, ports and the like, run on files alone."""
_RUNS = "a ClickHouse has no files of runs"
ONLY_FILES = {
    "aggregates/test_trace_analyses.py::test_a_file_that_is_gone_is_met_as_it_would_be_here": (
        "a ClickHouse has no files of ours"
    ),
    "http/test_load_runs.py::test_runs_are_plain_files": _RUNS,
    "http/test_load_runs.py::test_a_run_that_cannot_be_read_for_a_moment_is_not_unknown": _RUNS,
    "http/test_load_runs.py::test_a_file_that_was_tampered_with_is_left_out": _RUNS,
    "http/test_load_runs.py::test_a_folder_that_cannot_be_written_to": _RUNS,
    "http/test_trace_answers.py": "what is made in advance of large traces is beside the partition",
    "http/test_names_with_ids.py::test_an_index_from_before_templates_finds_them_all_the_same": (
        "only files are older than the program"
    ),
    "http/test_many_names.py::test_operations_on_disk_and_in_memory_are_counted_once": (
        "a ClickHouse has no index in memory"
    ),
    "laboratory/test_trials.py::test_bytes_are_those_on_the_disk": (
        "a ClickHouse compresses many traces together, so each counts as the average"
    ),
    "sampling/test_tail.py::test_a_decision_that_was_not_carried_out_is_after_a_crash": (
        "what was stored is deleted, as files"
    ),
}
"""Tests with a store that only one of files can pass: the end of a module's path, perhaps with
`::` and a test, and why. All others run on every kind of store."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test that uses a store on every kind of store."""
    if "store_kind" not in metafunc.fixturenames:
        return
    kinds = [CLICKHOUSE, FILES] if _is_for_any_store(metafunc) else [FILES]
    if "on_disk" in metafunc.fixturenames:  # whether the index of files has been written
        cases = [(FILES, True), *((kind, False) for kind in kinds)]
        metafunc.parametrize(("store_kind", "on_disk"), cases, scope="module")
    elif "example" in metafunc.fixturenames:  # one of many, which the module lists
        listed = list(metafunc.module.EXAMPLES)
        examples = [(kind, one) for kind in kinds for one in listed[: fewer(kind, len(listed))]]
        metafunc.parametrize(("store_kind", "example"), examples, scope="module")
    else:
        metafunc.parametrize("store_kind", kinds, scope="module")


def _is_for_any_store(metafunc: pytest.Metafunc) -> bool:
    """Tell whether a test is about what every store does."""
    name = f"{metafunc.module.__file__}::{metafunc.function.__name__}"
    only_files = any(name.endswith(end) or f"{end}::" in name for end in ONLY_FILES)
    return Path(metafunc.module.__file__).parent.name in ANY_STORE and not only_files


def fewer(store_kind: str, examples: int) -> int:
    """Return how many of so many examples to try on a kind of store: a ClickHouse takes some
    milliseconds for each thing that it is asked."""
    return examples if store_kind == FILES else examples // 5


@pytest.fixture(scope="session")
def clickhouses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Server]]:
    """Two real ClickHouses, shared by the whole run: each test has a database of its own."""
    if not clickhouse_server.is_installed():
        pytest.skip(clickhouse_server.MISSING)
    with clickhouse_server.two_running(tmp_path_factory) as servers:
        yield servers


@pytest.fixture(scope="session")
def clickhouse(clickhouses: list[Server]) -> Server:
    """A real ClickHouse, shared by the whole run."""
    return clickhouses[0]


def _stores(request: pytest.FixtureRequest, kind: str, folder: Path) -> Stores:
    servers = request.getfixturevalue("clickhouses") if kind == CLICKHOUSE else ()
    return Stores(folder, servers)


@pytest.fixture
def stores(request: pytest.FixtureRequest, store_kind: str, tmp_path: Path) -> Stores:
    """What opens stores of the kind that the test is run on, for the test alone."""
    return _stores(request, store_kind, tmp_path)


@pytest.fixture(scope="module")
def module_stores(
    request: pytest.FixtureRequest, store_kind: str, tmp_path_factory: pytest.TempPathFactory
) -> Stores:
    """What opens stores of the kind that the tests are run on, for all tests of a module."""
    return _stores(request, store_kind, tmp_path_factory.mktemp("stores"))


@pytest.fixture(scope="module")
def store(module_stores: Stores) -> Iterator[TraceStore]:
    """One store for all tests of a module."""
    with module_stores.open() as store:
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
