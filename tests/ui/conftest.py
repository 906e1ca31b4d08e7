from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.browser.deploys import deploys
from tests.browser.large_traces import wide
from tests.browser.spans import hostile, incomplete, pairing, ping
from tests.browser.stack import Stack
from tests.servers import Server, running
from ui.app import create_app

PAIRING, FAILED, PINGED, BROKEN, ODD, LARGE, REFUSED = 1, 2, 3, 4, 5, 6, 7
"""Seeds of the traces that are stored for every test in this folder."""


@pytest.fixture(scope="session")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run a collector with one trace of each kind."""
    data = str(tmp_path_factory.mktemp("collector"))
    with running("-m", "collector", "--port", "0", "--data", data) as collector:
        traces = [pairing(PAIRING), pairing(FAILED, fail=True), ping(PINGED), hostile(BROKEN)]
        Stack(collector.url, "").send([*traces, incomplete(ODD), wide(LARGE, 1200)])
        yield collector


@pytest.fixture(scope="session")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run a collector with thirty requests to each of two deploys of a route, and a few others."""
    data = str(tmp_path_factory.mktemp("deployed"))
    with running("-m", "collector", "--port", "0", "--data", data) as collector:
        traces = [*deploys(time.time_ns()), pairing(FAILED, fail=True), pairing(REFUSED, away=True)]
        traces.append(hostile(BROKEN))
        Stack(collector.url, "").send(traces)
        yield collector


class Reader(FlaskClient):
    """A browser of sorts, without scripts: it reads every answer to its end."""

    def open(self, *arguments: Any, buffered: bool = True, **options: Any) -> TestResponse:
        return super().open(*arguments, buffered=buffered, **options)


def reader(collector_url: str) -> FlaskClient:
    """Return a reader of the UI of that collector."""
    app = create_app(collector_url)
    app.test_client_class = Reader
    return app.test_client()


@pytest.fixture
def client(stored: Server) -> FlaskClient:
    """A reader of the UI, with traces stored."""
    return reader(stored.url)


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A collector without a trace."""
    data = str(tmp_path_factory.mktemp("empty"))
    with running("-m", "collector", "--port", "0", "--data", data) as collector:
        yield collector


@pytest.fixture
def empty_client(empty: Server) -> FlaskClient:
    """A reader of the UI, with nothing stored."""
    return reader(empty.url)


@pytest.fixture
def alone(closed_port: int) -> FlaskClient:
    """A reader of the UI of a collector that is down."""
    return reader(f"http://127.0.0.1:{closed_port}")
