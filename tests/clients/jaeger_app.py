"""A program traced by Jaeger's client and Flask-OpenTracing; prints its spans as they should be
read back.

Run by test_jaeger_clients.py with the Python of the environment `opentracing`. Its arguments say
how it sends (`compact`, `binary` or `http`), to which port, and which port knows how many traces to
keep.
"""

from __future__ import annotations

import json
import sys
import time
import urllib.request
from contextlib import suppress
from typing import Any

import jaeger_client.config
import opentracing
from flask import Flask
from flask_opentracing import FlaskTracing
from jaeger_client import Span, Tracer
from jaeger_client.reporter import Reporter
from opentracing import Format
from thrift.protocol.TBinaryProtocol import TBinaryProtocol, TBinaryProtocolFactory
from thrift.TSerialization import serialize
from tornado.concurrent import Future

WAIT_S = 20.0
PROTOCOL, PORT, SAMPLING_PORT = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
TAGS = {"größe": "\N{BEER MUG} ½", "rows": -60, "share": 0.25, "hit": True}


class BinaryReporter(Reporter):  # type: ignore[misc, no-any-unimported]
    """Sends datagrams in Thrift's binary protocol, as Jaeger's client for Node does."""

    def getProtocol(self, transport: Any) -> Any:  # noqa: N802 (its name in Thrift)
        """Return the protocol to write in."""
        return TBinaryProtocol(transport)


class HttpReporter(Reporter):  # type: ignore[misc, no-any-unimported]
    """Posts batches, as Jaeger's clients for Go and Java do."""

    def _send(self, batch: Any) -> Any:
        body = serialize(batch, TBinaryProtocolFactory())
        headers = {"Content-Type": "application/x-thrift"}
        request = urllib.request.Request(f"http://127.0.0.1:{PORT}/api/traces", body, headers)
        with urllib.request.urlopen(request, timeout=WAIT_S) as answer:
            assert answer.status == 202
        done: Future[None] = Future()
        done.set_result(None)
        return done


REPORTERS = {"compact": Reporter, "binary": BinaryReporter, "http": HttpReporter}


def main() -> None:
    """Make a trace that a Flask app is part of, send it, and print what it was."""
    tracer = _tracer()
    finished: list[Any] = []
    report = tracer.report_span
    tracer.report_span = lambda span: (finished.append(span), report(span))
    root = _sampled(tracer, "visit")
    for key, value in TAGS.items():
        root.set_tag(key, value)
    root.set_tag("span.kind", "client")
    root.set_baggage_item("beer", "ipa")
    root.log_kv({"event": "retry", "attempt": 2, "why": "slow"}, timestamp=1_795_174_407.5)
    root.log_kv({"message": "no event"})
    headers: dict[str, str] = {}
    tracer.inject(root.context, Format.HTTP_HEADERS, headers)
    client = _app(tracer).test_client()
    assert client.get("/pair/beer", headers=headers).text == "beer"
    assert client.get("/full", headers=headers).status_code == 503
    with suppress(ValueError):
        client.get("/broken", headers=headers)
    root.finish()
    elsewhere = tracer.start_span("elsewhere", ignore_active_span=True)
    references = [opentracing.child_of(root.context), opentracing.follows_from(elsewhere.context)]
    with suppress(KeyError), tracer.start_span("later", references=references) as later:
        raise KeyError("ipa")
    tracer.start_span("debug", child_of=later, tags={"sampling.priority": 1}).finish()
    elsewhere.finish()
    _wait_for(tracer.close())
    json.dump([_expected(span) for span in finished], sys.stdout)


def _tracer() -> Tracer:  # type: ignore[no-any-unimported]
    """Return a tracer that asks how many traces to keep."""
    jaeger_client.config.Reporter = REPORTERS[PROTOCOL]
    settings = {
        "local_agent": {"reporting_port": PORT, "sampling_port": SAMPLING_PORT},
        "sampling_refresh_interval": 0.05,
        "generate_128bit_trace_id": True,
        "tags": {"version": "step-10"},
    }
    return jaeger_client.config.Config(settings, service_name="matchmaker").new_tracer()


def _sampled(tracer: Tracer, name: str) -> Span:  # type: ignore[no-any-unimported]
    """Return a span once the tracer was told to keep all: at first, it keeps one in a thousand."""
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        span = tracer.start_span(name)
        if {"sampler.param": 1.0}.items() <= _tags(span.tags).items():
            return span
        time.sleep(0.01)
    raise AssertionError("the tracer was not told to keep all traces")


def _wait_for(sent: Any) -> None:
    """Wait until all spans have been sent."""
    deadline = time.monotonic() + WAIT_S
    while not sent.done():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def _app(tracer: Tracer) -> Flask:  # type: ignore[no-any-unimported]
    app = Flask(__name__)
    app.config["PROPAGATE_EXCEPTIONS"] = True
    FlaskTracing(tracer, True, app)

    @app.get("/pair/<kind>")
    def pair(kind: str) -> str:
        tags = {"db.type": "sql", "db.statement": "SELECT * FROM beers", "span.kind": "client"}
        with tracer.start_active_span("query", tags=tags):
            return kind

    @app.get("/full")
    def full() -> tuple[str, int]:
        return "try again later", 503

    @app.get("/broken")
    def broken() -> str:
        raise ValueError("no such beer")

    return app


def _expected(span: Any) -> dict[str, object]:
    tags = _tags(span.tags)
    failed = tags.get("error") is True or tags.get("http.status_code", 0) >= 500
    return {
        "trace_id": f"{span.trace_id:032x}",
        "id": f"{span.span_id:016x}",
        "parent_id": f"{span.parent_id:016x}" if span.parent_id else None,
        "service": "matchmaker",
        "name": span.operation_name,
        "start": str(int(span.start_time * 1e6) * 1_000),
        "duration": int((span.end_time - span.start_time) * 1e6) * 1_000,
        "error": int(failed),
        "tags": {key: _kept(value) for key, value in (tags | span.tracer.tags).items()},
        "events": [_event(log) for log in span.logs],
        "links": [
            {
                "trace_id": f"{reference.referenced_context.trace_id:032x}",
                "span_id": f"{reference.referenced_context.span_id:016x}",
                "attributes": {"opentracing.ref_type": reference.type},
            }
            for reference in span.references or ()
            if reference.referenced_context.span_id != span.parent_id
        ],
    }


def _event(log: Any) -> dict[str, object]:
    fields = _tags(log.fields)
    name = fields.pop("event", None) or fields.get("message")
    attributes = {key: _kept(value) for key, value in fields.items()}
    return {"time": str(log.timestamp * 1_000), "name": name, "attributes": attributes}


def _tags(tags: Any) -> dict[str, Any]:
    return {tag.key: (tag.vStr, tag.vDouble, tag.vBool, tag.vLong)[tag.vType] for tag in tags}


def _kept(value: object) -> object:
    return str(value).lower() if isinstance(value, bool) else value


main()
