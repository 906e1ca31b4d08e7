"""A program traced by OpenCensus, with its middleware for Flask and its exporter for Zipkin; prints
its spans as they should be read back.

Run by test_zipkin_clients.py with the Python of the environment `opentracing`. Its argument is the
port to send to.
"""

from __future__ import annotations

import json
import sys
from datetime import datetime, timezone
from typing import Any

from flask import Flask
from opencensus.ext.flask.flask_middleware import FlaskMiddleware
from opencensus.ext.zipkin.trace_exporter import ZipkinExporter
from opencensus.trace import samplers
from opencensus.trace.span import SpanKind
from opencensus.trace.tracer import Tracer

PORT = int(sys.argv[1])
TAGS = {"größe": "\N{BEER MUG} ½", "rows": -60, "share": 0.25, "hit": True}
OTHER = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
KINDS = {SpanKind.SERVER: "server", SpanKind.CLIENT: "client"}
_US = 1_000


def main() -> None:
    """Make a trace, and one of an app, send them, and print what they were."""
    exporter = ZipkinExporter("matchmaker", "127.0.0.1", PORT, ipv4="10.0.0.1")
    spans: list[Any] = []
    emit = exporter.emit
    exporter.emit = lambda data: (spans.extend(data), emit(data))
    tracer = Tracer(sampler=samplers.AlwaysOnSampler(), exporter=exporter)
    with tracer.span("visit") as visit:
        for key, value in TAGS.items():
            visit.add_attribute(key, value)
        visit.add_annotation("retry", attempt=2)
        with tracer.span("query") as query:
            query.span_kind = SpanKind.CLIENT
            query.add_attribute("db.statement", "SELECT * FROM beers")
    app = Flask(__name__)
    FlaskMiddleware(app, sampler=samplers.AlwaysOnSampler(), exporter=exporter)
    app.add_url_rule("/pair/<kind>", view_func=lambda kind: (kind, 503))
    headers = {"traceparent": f"00-{OTHER[0]}-{OTHER[1]}-01"}
    assert app.test_client().get("/pair/beer", headers=headers).text == "beer"
    json.dump([_expected(span) for span in spans], sys.stdout)


def _expected(span: Any) -> dict[str, object]:
    start, end = _microseconds(span.start_time), _microseconds(span.end_time)
    tags = {key: str(value) for key, value in span.attributes.items()}
    if span.span_kind in KINDS:
        tags["span.kind"] = KINDS[span.span_kind]
    return {
        "trace_id": span.context.trace_id,
        "id": span.span_id,
        "parent_id": span.parent_span_id,
        "service": "matchmaker",
        "name": span.name,
        "start": str(start * _US),
        "duration": (end - start) * _US,
        "error": int(tags.get("http.status_code") == "503"),
        "tags": {**tags, "net.host.ip": "10.0.0.1", "net.host.port": PORT},
        "events": [
            {
                "time": str(_microseconds(note.timestamp) * _US),
                "name": note.description,
                "attributes": {},
            }
            for note in span.annotations
        ],
        "links": [],
    }


def _microseconds(moment: Any) -> int:
    """Return what OpenCensus writes as `2026-01-31T12:00:00.000001Z`."""
    if isinstance(moment, str):
        moment = datetime.strptime(moment, "%Y-%m-%dT%H:%M:%S.%fZ")
    since = moment.replace(tzinfo=timezone.utc) - datetime(1970, 1, 1, tzinfo=timezone.utc)
    return round(since.total_seconds() * 1_000_000)


main()
