"""py_zipkin, OpenTelemetry's exporters for Zipkin and OpenCensus's send to the collector, and read
back what they sent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.clients.conftest import ClientEnvironment
from tests.clients.sending import (
    assert_equal,
    get,
    open_collector,
    port_of,
    run_client,
    stored_span,
)
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


@pytest.mark.parametrize("form", ["json", "json-v1", "protobuf"])
def test_what_opentelemetrys_exporters_send_is_read_back_equal(
    collector: Server, client_environment: ClientEnvironment, form: str
) -> None:
    python = client_environment("opentelemetry-zipkin")
    sent = run_client(python, "opentelemetry_zipkin_app.py", form, port_of(collector, "zipkin"))
    stored, parents = stored_trace(collector, sent[0]["trace_id"])
    for span in sent:
        assert_equal(stored[span["name"]], span)
    root, query, _, raising = (stored[span["name"]] for span in sent[:4])
    assert set(parents.values()) == {None, root["name"]}
    assert (root["type"], root["resource"]) == ("http", "GET /pair/<kind>")
    assert (query["type"], query["resource"]) == ("sql", "SELECT * FROM beers")
    assert raising["tags"]["error.type"] == "ValueError"
    assert raising["tags"]["error.message"] == "ValueError: no such beer"
    assert raising["events"][0]["name"] == "exception"


def test_what_opencensus_sends_is_read_back_equal(
    collector: Server, client_environment: ClientEnvironment
) -> None:
    python = client_environment("opentracing")
    sent = run_client(python, "opencensus_zipkin_app.py", port_of(collector, "zipkin"))
    assert [span["name"] for span in sent[:2]] == ["query", "visit"]
    assert [span["error"] for span in sent] == [0, 0, 1]
    for span in sent:
        assert_equal(stored_span(collector, span), span)
    assert stored_trace(collector, sent[0]["trace_id"])[1] == {"visit": None, "query": "visit"}
    request = stored_span(collector, sent[2])
    assert (request["type"], request["resource"]) == ("http", "GET /pair/<kind>")


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
