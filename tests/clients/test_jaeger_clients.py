"""Jaeger's client, Flask-OpenTracing and OpenCensus send to the collector, and read back what they
sent."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.clients.conftest import ClientEnvironment
from tests.clients.sending import (
    assert_equal,
    get,
    open_collector,
    port_of,
    run_client,
    stored_span,
    wait_until,
)
from tests.servers import Server


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A collector with all its ports open."""
    with open_collector(tmp_path_factory.mktemp("data")) as server:
        yield server


@pytest.mark.parametrize(
    ("protocol", "receiver"),
    [("compact", "jaeger-compact"), ("binary", "jaeger-binary"), ("http", "jaeger")],
)
def test_what_jaegers_client_sends_is_read_back_equal(
    collector: Server, client_environment: ClientEnvironment, protocol: str, receiver: str
) -> None:
    python = client_environment("opentracing")
    ports = port_of(collector, receiver), port_of(collector, "jaeger-sampling")
    sent = run_client(python, "jaeger_app.py", protocol, *ports)
    stored = {span["name"]: stored_span(collector, span) for span in sent}
    for span in sent:
        assert_equal(stored[span["name"]], span)
    visit, request, query = stored["visit"], stored["pair"], stored["query"]
    assert [event["name"] for event in visit["events"]] == ["baggage", "retry", "no event"]
    assert (request["type"], request["resource"]) == ("http", "GET /pair/beer")
    assert request["tags"]["span.kind"] == "server"
    assert request["tags"]["http.response.status_code"] == 200
    assert (query["type"], query["resource"]) == ("sql", "SELECT * FROM beers")
    assert [span["parent_id"] for span in (visit, request, query)] == [
        None,
        visit["id"],
        request["id"],
    ]
    assert stored["broken"]["tags"]["error.message"] == "no such beer"
    later = stored["later"]["tags"]
    assert (later["error.type"], later["error.message"]) == ("KeyError", "'ipa'")
    assert "raise KeyError" in later["error.stack"]
    assert stored["debug"]["tags"]["jaeger.debug"] == "true"
    assert get(collector, f"/api/trace/{visit['trace_id']}")["spans"] == len(sent) - 1


def test_what_opencensus_sends_twice_is_read_back_equal_and_once(
    collector: Server, client_environment: ClientEnvironment
) -> None:
    python = client_environment("opentracing")
    before = get(collector, "/stats")["duplicates"]
    ports = port_of(collector, "jaeger"), port_of(collector, "jaeger-compact")
    sent = run_client(python, "opencensus_jaeger_app.py", *ports)
    assert [span["name"] for span in sent[:3]] == ["query", "taste", "visit"]
    for span in sent:
        assert_equal(stored_span(collector, span), span)
    taste = stored_span(collector, sent[1])
    assert taste["tags"]["error.message"] == "no such beer"
    assert taste["parent_id"] == sent[2]["id"]
    request = stored_span(collector, sent[3])
    assert (request["type"], request["resource"]) == ("http", "GET /pair/<kind>")
    wait_until(lambda: get(collector, "/stats")["duplicates"] == before + len(sent))
