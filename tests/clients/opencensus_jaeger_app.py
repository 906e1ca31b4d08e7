"""A program traced by OpenCensus, with its middleware for Flask and its exporter for Jaeger; prints
its spans as they should be read back.

Run by test_jaeger_clients.py with the Python of the environment `opentracing`. Its arguments are
the ports for HTTP and for datagrams: the exporter always sends to both.
"""

from __future__ import annotations

import json
import sys
from datetime import datetime, timezone
from typing import Any

from flask import Flask
from opencensus.ext.flask.flask_middleware import FlaskMiddleware
from opencensus.ext.jaeger.trace_exporter import JaegerExporter
from opencensus.trace import link, samplers, status
from opencensus.trace.tracer import Tracer

HTTP_PORT, UDP_PORT = int(sys.argv[1]), int(sys.argv[2])
TAGS = {"größe": "\N{BEER MUG} ½", "rows": -60, "share": 0.25, "hit": True}
OTHER = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
_US = 1_000


def main() -> None:
    """Make a trace, send it, and print what it was."""
    exporter = JaegerExporter(
        "matchmaker",
        host_name="127.0.0.1",
        port=HTTP_PORT,
        agent_host_name="127.0.0.1",
        agent_port=UDP_PORT,
    )
    spans: list[Any] = []
    emit = exporter.emit
    exporter.emit = lambda data: (spans.extend(data), emit(data))
    tracer = Tracer(sampler=samplers.AlwaysOnSampler(), exporter=exporter)
    with tracer.span("visit") as visit:
        for key, value in TAGS.items():
            visit.add_attribute(key, value)
        visit.add_annotation("retry", attempt=2)
        visit.add_link(link.Link(*OTHER, type=link.Type.PARENT_LINKED_SPAN))
        with tracer.span("query") as query:
            query.add_attribute("db.statement", "SELECT * FROM beers")
        with tracer.span("taste") as taste:
            taste.set_status(status.Status(5, "no such beer"))
    app = Flask(__name__)
    FlaskMiddleware(app, sampler=samplers.AlwaysOnSampler(), exporter=exporter)
    app.add_url_rule("/pair/<kind>", view_func=lambda kind: kind)
    headers = {"traceparent": f"00-{OTHER[0]}-{OTHER[1]}-01"}
    assert app.test_client().get("/pair/beer", headers=headers).text == "beer"
    json.dump([_expected(span) for span in spans], sys.stdout)


def _expected(span: Any) -> dict[str, object]:
    start, end = _microseconds(span.start_time), _microseconds(span.end_time)
    return {
        "trace_id": span.context.trace_id,
        "id": span.span_id,
        "parent_id": span.parent_span_id,
        "service": "matchmaker",
        "name": span.name,
        "start": str(start * _US),
        "duration": (end - start) * _US,
        "error": int(span.status.canonical_code != 0),
        "tags": {key: _kept(value) for key, value in span.attributes.items()}
        | {"status.code": span.status.canonical_code},
        "events": [
            {
                "time": str(_microseconds(note.timestamp) * _US),
                "name": note.description,
                "attributes": {**note.attributes.attributes, "message": note.description},
            }
            for note in span.annotations
        ],
        "links": [
            {
                "trace_id": other.trace_id,
                "span_id": other.span_id,
                "attributes": {"opentracing.ref_type": "follows_from"},
            }
            for other in span.links
        ],
    }


def _microseconds(moment: Any) -> int:
    """Return what OpenCensus writes as `2026-01-31T12:00:00.000001Z`."""
    if isinstance(moment, str):
        moment = datetime.strptime(moment, "%Y-%m-%dT%H:%M:%S.%fZ")
    since = moment.replace(tzinfo=timezone.utc) - datetime(1970, 1, 1, tzinfo=timezone.utc)
    return round(since.total_seconds() * 1_000_000)


def _kept(value: object) -> object:
    return str(value).lower() if isinstance(value, bool) else value


main()
