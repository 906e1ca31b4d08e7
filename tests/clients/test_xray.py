"""X-Ray's SDK sends to the collector, asks it how many requests to keep, and reads back what it
sent."""

from __future__ import annotations

from collections import Counter
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
)
from tests.servers import Server

REQUESTS, QUERIES = 3, 40


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A collector with all its ports open."""
    with open_collector(tmp_path_factory.mktemp("data")) as server:
        yield server


@pytest.mark.parametrize("way", ["datagrams", "calls"])
def test_what_the_sdk_sends_is_read_back_equal(
    collector: Server, client_environment: ClientEnvironment, way: str
) -> None:
    ports = port_of(collector, "xray-daemon"), port_of(collector, "xray")
    sent = run_client(client_environment("opentracing"), "xray_app.py", way, *ports)
    assert len(sent) == REQUESTS * (QUERIES + 5)
    stored = [stored_span(collector, span) for span in sent]
    for found, span in zip(stored, sent, strict=True):
        assert_equal(found, span)
    by_name = {span["name"]: span for span in stored}
    request, query, call = by_name["matchmaker"], by_name["db"], by_name["taster"]
    assert (request["type"], request["resource"]) == ("http", "GET /pair/beer")
    tags = request["tags"]
    assert tags["http.response.status_code"] == 200
    assert tags["enduser.id"] == "ann"
    assert tags["metadata.default.tasted"] == '{"beers":["ipa","stout"],"größe":"🍺 ½"}'
    assert '"sampling_rule_name":"Default"' in tags["aws.xray"]
    assert (query["type"], query["resource"]) == ("sql", "SELECT 1")
    assert (call["type"], call["resource"], call["error"]) == ("http", "POST /taste", 1)
    assert by_name["inner"]["parent_id"] == call["id"]
    for name in ("failing", "cause"):
        said = by_name[name]["tags"]
        assert (said["error.type"], said["error.message"]) == ("ValueError", "no such beer")
    traces = Counter(span["trace_id"] for span in sent)
    assert len(traces) == REQUESTS
    for trace_id, spans in traces.items():
        assert get(collector, f"/api/trace/{trace_id}")["spans"] == spans
