"""A program traced by OpenTelemetry's SDK with an exporter for Zipkin; prints its spans as they
should be read back.

Run by test_zipkin_clients.py with the Python of the environment `opentelemetry-zipkin`. Its
arguments say in which form it sends, and to which port.
"""

from __future__ import annotations

import ipaddress
import json
import sys
from typing import Any

from opentelemetry.exporter.zipkin.encoder import Protocol
from opentelemetry.exporter.zipkin.json import ZipkinExporter as JsonExporter
from opentelemetry.exporter.zipkin.proto.http import ZipkinExporter as ProtobufExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode

FORM, PORT = sys.argv[1], int(sys.argv[2])
URL = f"http://127.0.0.1:{PORT}/api/{'v1' if FORM == 'json-v1' else 'v2'}/spans"
HERE = {"net.host.ip": "10.0.0.1", "net.host.port": 5000}
_US = 1_000


def main() -> None:
    """Make a trace, send it, and print what it was."""
    provider = TracerProvider(resource=Resource({"service.name": "matchmaker", "hosts": [1, 2]}))
    provider.add_span_processor(BatchSpanProcessor(_exporter()))
    tracer = provider.get_tracer("beer.scope", "1.2")
    spans: list[Any] = []
    with tracer.start_as_current_span("GET /pair/<kind>", kind=SpanKind.SERVER) as root:
        root.set_attributes({"http.request.method": "GET", "http.route": "/pair/<kind>"})
        root.set_attributes({"größe": "\N{BEER MUG} ½", "rows": 60, "share": 0.25, "hit": True})
        root.set_attributes({"names": ["ipa", "stout"], "counts": [1, -2]})
        root.add_event("retry", {"attempt": 2, "why": "slow", "final": False})
        root.add_event("bare")
        with tracer.start_as_current_span("SELECT beers", kind=SpanKind.CLIENT) as query:
            query.set_attributes({"db.system": "sqlite", "db.statement": "SELECT * FROM beers"})
            query.set_status(Status(StatusCode.OK))
        with tracer.start_as_current_span("foam", kind=SpanKind.INTERNAL) as failing:
            failing.set_status(Status(StatusCode.ERROR))  # which becomes an empty tag `error`
        try:
            with tracer.start_as_current_span("taste") as raising:
                raise ValueError("no such beer")
        except ValueError:
            pass
        spans += [root, query, failing, raising]
        for kind in (SpanKind.PRODUCER, SpanKind.CONSUMER):
            with tracer.start_as_current_span(kind.name, kind=kind) as span:
                spans.append(span)
    assert provider.force_flush()
    json.dump([_expected(span) for span in spans], sys.stdout)
    provider.shutdown()


def _exporter() -> JsonExporter | ProtobufExporter:
    address, port = HERE.values()
    here: dict[str, Any] = {
        "local_node_ipv4": ipaddress.IPv4Address(address),
        "local_node_port": port,
    }
    if FORM == "protobuf":
        return ProtobufExporter(endpoint=URL, **here)
    version = Protocol.V1 if FORM == "json-v1" else Protocol.V2
    # Without a length, version 1 of the exporter fails.
    return JsonExporter(version=version, endpoint=URL, max_tag_value_length=10_000, **here)


def _expected(span: ReadableSpan) -> dict[str, object]:
    assert span.start_time is not None
    assert span.end_time is not None
    attributes = {**span.attributes, **span.resource.attributes}  # type: ignore[dict-item]
    tags = {key: _text(value) for key, value in attributes.items()} | HERE
    if FORM != "json-v1" and span.kind is not SpanKind.INTERNAL:
        tags["span.kind"] = span.kind.name.lower()
    if span.status.status_code is not StatusCode.UNSET:
        tags["otel.status_code"] = span.status.status_code.name
    if span.status.status_code is StatusCode.ERROR:
        tags["error"] = span.status.description or ""
    return {
        "trace_id": f"{span.context.trace_id:032x}",
        "id": f"{span.context.span_id:016x}",
        "parent_id": f"{span.parent.span_id:016x}" if span.parent else None,
        "service": "matchmaker",
        "name": span.name,
        "start": str(_rounded(span.start_time)),
        "duration": _rounded(span.end_time - span.start_time),
        "error": int(span.status.status_code is StatusCode.ERROR),
        "tags": {
            **tags,
            "otel.scope.name": "beer.scope",
            "otel.scope.version": "1.2",
            "zipkin.debug": "true",
        },
        "events": [
            {
                "time": str(_rounded(event.timestamp)),
                "name": event.name,
                "attributes": {
                    key: _kept(value) for key, value in (event.attributes or {}).items()
                },
            }
            for event in span.events
        ],
        "links": [],
    }


def _rounded(nanoseconds: int) -> int:
    return (nanoseconds + _US // 2) // _US * _US


def _text(value: object) -> str:
    """Return an attribute's value as the exporters write it: each is a text."""
    if isinstance(value, tuple):
        return json.dumps([str(item) for item in value], separators=(",", ":"))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _kept(value: object) -> object:
    return str(value).lower() if isinstance(value, bool) else value


main()
