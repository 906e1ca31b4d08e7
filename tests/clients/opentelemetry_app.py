"""A program traced by OpenTelemetry's SDK; prints its spans as they should be read back.

Run by test_opentelemetry.py with the Python of the environment `opentelemetry`. Its argument says
by which exporter it sends: `http` or `grpc`; environment variables say the rest.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import Link, SpanKind, Status, StatusCode


def main(protocol: str) -> None:
    """Make some traces, send them, and print what they were."""
    resource = Resource(
        {"service.name": "matchmaker", "service.version": "step-10", "hosts": [1, 2]}
    )
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(_exporter(protocol)))
    tracer = provider.get_tracer("beer.scope", "1.2")
    spans: list[Any] = []
    with tracer.start_as_current_span("GET /pair/<kind>", kind=SpanKind.SERVER) as root:
        root.set_attributes({"http.request.method": "GET", "http.route": "/pair/<kind>"})
        root.set_attributes({"größe": "\N{BEER MUG} ½", "rows": 60, "share": 0.25, "hit": True})
        root.set_attributes({"names": ["ipa", "stout"], "counts": [1, -2], "none": []})
        link = Link(root.get_span_context(), {"why": "asked by"})
        query = tracer.start_span("SELECT beers", kind=SpanKind.CLIENT, links=[link])
        query.set_attributes({"db.system": "sqlite", "db.statement": "SELECT * FROM beers"})
        query.add_event("retry", {"attempt": 2})
        query.set_status(Status(StatusCode.OK))
        query.end()
        try:
            with tracer.start_as_current_span("taste") as failing:
                raise ValueError("no such beer")
        except ValueError:
            pass
        spans += [root, query, failing]
    for kind in (SpanKind.PRODUCER, SpanKind.CONSUMER):
        with tracer.start_as_current_span("other", kind=kind) as span:
            spans.append(span)
    assert provider.force_flush()
    json.dump([_expected(span) for span in spans], sys.stdout)
    provider.shutdown()


def _exporter(protocol: str) -> SpanExporter:
    if protocol == "grpc":
        from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter

        return OTLPSpanExporter()
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as Http

    return Http()


def _expected(span: ReadableSpan) -> dict[str, object]:
    assert span.start_time is not None
    assert span.end_time is not None
    return {
        "trace_id": f"{span.context.trace_id:032x}",
        "id": f"{span.context.span_id:016x}",
        "parent_id": f"{span.parent.span_id:016x}" if span.parent else None,
        "service": "matchmaker",
        "name": span.name,
        "start": str(span.start_time),
        "duration": span.end_time - span.start_time,
        "error": int(span.status.status_code is StatusCode.ERROR),
        "tags": {
            **{key: _tag(value) for key, value in span.resource.attributes.items()},
            **{key: _tag(value) for key, value in (span.attributes or {}).items()},
            "span.kind": span.kind.name.lower(),
            "otel.scope.name": "beer.scope",
            "otel.scope.version": "1.2",
        },
        "events": [
            {
                "time": str(event.timestamp),
                "name": event.name,
                "attributes": {key: _tag(value) for key, value in (event.attributes or {}).items()},
            }
            for event in span.events
        ],
        "links": [
            {
                "trace_id": f"{link.context.trace_id:032x}",
                "span_id": f"{link.context.span_id:016x}",
                "attributes": dict(link.attributes or {}),
            }
            for link in span.links
        ],
    }


def _tag(value: object) -> object:
    """Return an attribute's value as a tag has it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return value


main(sys.argv[1])
