"""A call that nobody answers leads to an uninstrumented service, in whichever format it comes."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from collector.http.app import Collector
from tests.collector.stores import Stores

NOW_S = int(time.time())
SHOP = {"net.peer.name": "shop.test", "net.peer.port": "8000"}
OTLP = {
    "resourceSpans": [
        {
            "resource": {
                "attributes": [{"key": "service.name", "value": {"stringValue": "web"}}],
            },
            "scopeSpans": [
                {
                    "spans": [
                        {
                            "traceId": "1" * 32,
                            "spanId": "2" * 16,
                            "name": "GET",
                            "kind": 3,
                            "startTimeUnixNano": f"{NOW_S}000000000",
                            "endTimeUnixNano": f"{NOW_S}005000000",
                            "attributes": [
                                {"key": "server.address", "value": {"stringValue": "shop.test"}},
                                {"key": "server.port", "value": {"intValue": "8000"}},
                            ],
                        }
                    ]
                }
            ],
        }
    ]
}
ZIPKIN = {
    "traceId": "1" * 16,
    "id": "2" * 16,
    "name": "get",
    "kind": "CLIENT",
    "timestamp": NOW_S * 1_000_000,
    "duration": 5_000,
    "localEndpoint": {"serviceName": "web"},
}
ZIPKIN_V1 = {
    "traceId": "1" * 16,
    "id": "2" * 16,
    "name": "get",
    "timestamp": NOW_S * 1_000_000,
    "duration": 5_000,
    "annotations": [
        {"timestamp": NOW_S * 1_000_000, "value": "cs", "endpoint": {"serviceName": "web"}},
        {"timestamp": NOW_S * 1_000_000 + 5000, "value": "cr", "endpoint": {"serviceName": "web"}},
    ],
    "binaryAnnotations": [
        {"key": "sa", "value": True, "endpoint": {"serviceName": "shop", "ipv4": "127.0.0.9"}}
    ],
}
DATADOG = {
    "trace_id": 1,
    "span_id": 2,
    "service": "web",
    "name": "requests.request",
    "start": NOW_S * 1_000_000_000,
    "duration": 5_000_000,
    "meta": {"span.kind": "client", "out.host": "shop.test"},
    "metrics": {"network.destination.port": 8000},
}
XRAY = {
    "id": "2" * 16,
    "trace_id": f"1-{NOW_S:08x}-{'1' * 24}",
    "name": "web",
    "start_time": NOW_S,
    "end_time": NOW_S + 1,
    "subsegments": [
        {
            "id": "3" * 16,
            "name": "shop.test",
            "namespace": "remote",
            "start_time": NOW_S,
            "end_time": NOW_S + 0.005,
            "http": {"request": {"method": "GET", "url": "http://shop.test:8000/beers"}},
        }
    ],
}


@pytest.fixture
def client(stores: Stores) -> Iterator[FlaskClient]:
    """An HTTP client of a collector with nothing stored."""
    with stores.open() as store:
        collector = Collector(store)
        yield collector.app.test_client()
        collector.live.close()


@pytest.mark.parametrize(
    ("path", "body", "name"),
    [
        ("/v1/traces", OTLP, "shop.test:8000"),
        ("/api/v2/spans", [ZIPKIN | {"remoteEndpoint": {"serviceName": "shop"}}], "shop"),
        (
            "/api/v2/spans",
            [ZIPKIN | {"remoteEndpoint": {"ipv4": "127.0.0.9", "port": 8000}}],
            "127.0.0.9:8000",
        ),
        ("/api/v2/spans", [ZIPKIN | {"tags": SHOP}], "shop.test:8000"),
        ("/api/v1/spans", [ZIPKIN_V1], "shop"),
        ("/v0.4/traces", [[DATADOG]], "shop.test:8000"),
        ("/TraceSegments", {"TraceSegmentDocuments": [json.dumps(XRAY)]}, "shop.test:8000"),
    ],
)
def test_a_call_that_nobody_answers_is_on_the_map(
    client: FlaskClient, path: str, body: Any, name: str
) -> None:
    assert client.post(path, json=body).status_code in (200, 202)
    [calls] = client.get("/api/map").json["uninstrumented"]
    assert (calls["caller"], calls["name"], calls["calls"]) == ("web", name, 1.0)
    assert calls["duration"]["p50"] == pytest.approx(5_000_000, rel=0.02)
    assert client.get("/api/traces", query_string={"q": calls["q"]}).json["matched"] == 1
