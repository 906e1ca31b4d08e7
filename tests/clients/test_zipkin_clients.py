"""py_zipkin, OpenTelemetry's exporters for Zipkin and OpenCensus's send to the collector, and read
back what they sent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.clients.conftest import ClientEnvironment
from tests.clients.sending import assert_equal, get, open_collector, port_of, run_client
from tests.servers import Server


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A collector with all its ports open."""
    with open_collector(tmp_path_factory.mktemp("data")) as server:
        yield server


@pytest.mark.parametrize(
    ("environment", "encoding", "transport"),
    [
        ("py-zipkin", "V2_JSON", "simple"),
        ("py-zipkin", "V2_PROTO3", "simple"),
        ("py-zipkin", "V1_JSON", "simple"),
        ("py-zipkin-thrift", "V1_THRIFT", "simple"),
        ("py-zipkin-thrift", "V1_THRIFT", "2017"),
    ],
)
@pytest.mark.parametrize("id_bits", [64, 128])
def test_what_py_zipkin_sends_is_read_back_equal(
    collector: Server,
    client_environment: ClientEnvironment,
    environment: str,
    encoding: str,
    transport: str,
    id_bits: int,
) -> None:
    python = client_environment(environment)
    port = port_of(collector, "zipkin")
    sent = run_client(python, "py_zipkin_app.py", encoding, transport, port, id_bits)
    trace_id = sent[0]["trace_id"]
    stored, parents = stored_trace(collector, trace_id)
    for span in sent:
        assert_equal(stored[span["name"]], span)
    assert parents == {
        "visit": None,
        "ask": "visit",
        "taste": "ask",
        "query": "taste",
        "broken": "visit",
    } | ({} if "THRIFT" in encoding else {"publish": "visit", "receive": "visit"})
    assert stored["ask"]["id"] == stored["taste"]["id"]
    assert trace_id.startswith("0" * 16) == (id_bits == 64)
    assert stored["broken"]["tags"]["error.message"] == "ValueError: no such beer"


def stored_trace(
    collector: Server, trace_id: str
) -> tuple[dict[str, dict[str, Any]], dict[str, str | None]]:
    """Return a trace's spans, and the names of their parents, by their names. No two are alike."""
    trace = get(collector, f"/api/trace/{trace_id}")
    columns = trace["columns"]
    names = [trace["strings"][index] for index in columns["name"]]
    above = [names[row] if row >= 0 else None for row in columns["parent"]]
    addresses = columns["id"].copy()
    for row, number in trace["shared"]:
        addresses[row] += f".{number}"
    spans = [get(collector, f"/api/trace/{trace_id}/span/{address}") for address in addresses]
    assert len(set(names)) == len(names)
    return dict(zip(names, spans, strict=True)), dict(zip(names, above, strict=True))
