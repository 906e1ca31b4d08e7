"""The four servers: a collector and a UI with a few odd traces and a run, web and taster."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest

from services.dials import DIALS
from tests.fuzz.exchange import exchange, tracebacks
from tests.fuzz.samples import RUN, TRACES
from tests.servers import Server, running
from tests.services.pair import Pair, running_pair

MSGPACK = [("Content-Type", "application/msgpack")]
NO_DELAYS = {name: "0" for name in DIALS if name.endswith("_MS")}
"""The dials without planted delays, which would only make the tests slow."""


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A collector with a few traces, some of them odd, and a run."""
    data = str(tmp_path_factory.mktemp("fuzz"))
    with running("-m", "collector", "--port", "0", env={"DATA_DIR": data}) as server:
        for traces in TRACES:
            body = msgspec.msgpack.encode(traces)
            assert exchange(server, "PUT", "/v0.4/traces", MSGPACK, body).status == 200
        assert exchange(server, "POST", "/api/runs", [], msgspec.json.encode(RUN)).status == 201
        yield server
        assert not tracebacks(server)


@pytest.fixture(scope="session")
def ui(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A UI for that collector."""
    data = str(tmp_path_factory.mktemp("ui"))
    environment = {"COLLECTOR_URL": server.url, "DATA_DIR": data}
    with running("-m", "ui", "--port", "0", env=environment) as ui:
        yield ui
        assert not tracebacks(ui)


@pytest.fixture(scope="session")
def pair(tmp_path_factory: pytest.TempPathFactory, redis_url: str) -> Iterator[Pair]:
    """Both services, without their planted delays."""
    with running_pair(tmp_path_factory.mktemp("pair"), redis_url, **NO_DELAYS) as pair:
        yield pair
        assert not tracebacks(pair.web) + tracebacks(pair.taster)
