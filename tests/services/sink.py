"""A stand-in for the collector that keeps the tracer's spans for a test to look at."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec
import pytest

from tests.serving import serving

Span = dict[str, Any]

REFUSED = "requests.exceptions.ConnectionError"
"""What a call says that never arrived at a server."""


class Trace:
    """The spans of one trace, as they were sent, by start."""

    def __init__(self, spans: list[Span]) -> None:
        self.spans = sorted(spans, key=lambda span: span["start"])

    def named(self, name: str) -> list[Span]:
        """Return the spans of an operation."""
        return [span for span in self.spans if span["name"] == name]

    def resources(self, name: str) -> Counter[str]:
        """Count the resources among the spans of an operation."""
        return Counter(span["resource"] for span in self.named(name))

    @property
    def root(self) -> Span:
        """The span without a parent."""
        (root,) = [span for span in self.spans if not span.get("parent_id")]
        return root


def tag(span: Span, key: str) -> Any:
    """Return the value of a tag, None if the span has no such tag."""
    return span.get("meta", {}).get(key, span.get("metrics", {}).get(key))


def end(span: Span) -> int:
    """Return when the span ended, in ns since 1970."""
    return span["start"] + span["duration"]


class Sink:
    """The spans received so far."""

    def __init__(self) -> None:
        self.url = ""
        self._spans: dict[int, list[Span]] = {}
        self._received = threading.Condition()

    def add(self, body: bytes) -> None:
        """Keep the spans of a v0.4 body."""
        with self._received:
            for chunk in msgspec.msgpack.decode(body):
                for span in chunk:
                    self._spans.setdefault(span["trace_id"], []).append(span)
            self._received.notify_all()

    def trace(self, response: Any) -> Trace:
        """Wait for all spans of the trace that a response's `traceresponse` header names."""
        return self._wait_for(response, _complete)

    def root(self, response: Any) -> Span:
        """Wait for the root span of a response's trace, whether or not all others have come."""
        return self._wait_for(response, _rooted).root

    def spans_of(self, service: str) -> list[Span]:
        """Return the spans of a service that have come so far, of all traces."""
        with self._received:
            every = [span for spans in self._spans.values() for span in spans]
        return [span for span in every if span["service"] == service]

    def _wait_for(self, response: Any, enough: Callable[[list[Span]], bool]) -> Trace:
        _, trace_id, _, _ = response.headers["traceresponse"].split("-")
        low = int(trace_id[-16:], 16)
        deadline = time.monotonic() + 10
        with self._received:
            while not enough(spans := self._spans.get(low, [])):
                left = deadline - time.monotonic()
                if left < 0:
                    pytest.fail(f"trace {trace_id} did not arrive completely: {len(spans)} spans")
                self._received.wait(left)
            return Trace(list(spans))

    def traces(self, service: str, at_least: int) -> list[Trace]:
        """Return the complete traces that begin in `service`: enough of them, or those of 10 s."""
        deadline = time.monotonic() + 10
        with self._received:
            while True:
                complete = [
                    Trace(list(spans)) for spans in self._spans.values() if _complete(spans)
                ]
                traces = [trace for trace in complete if trace.root["service"] == service]
                left = deadline - time.monotonic()
                if len(traces) >= at_least or left < 0:
                    return traces
                self._received.wait(left)


def _rooted(spans: list[Span]) -> bool:
    return any(not span.get("parent_id") for span in spans)


def _complete(spans: list[Span]) -> bool:
    ids = {span["span_id"] for span in spans}
    parents = {span.get("parent_id", 0) for span in spans}
    calls = {
        span["span_id"]
        for span in spans
        if span["name"] == "requests.request" and tag(span, "error.type") != REFUSED
    }
    answered = {span.get("parent_id", 0) for span in spans if span["name"] == "flask.request"}
    return _rooted(spans) and parents <= ids | {0} and calls <= answered


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    sink: Sink

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if not self.path.endswith("/traces"):
            self.send_error(404)
            return
        self.sink.add(body)
        answer = b'{"rate_by_service": {"service:,env:": 1}}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_POST = do_PUT  # noqa: N815

    def log_message(self, *args: object) -> None:
        """Log nothing."""


@contextmanager
def running_sink() -> Iterator[Sink]:
    """Run a sink on a free port until the block ends."""
    sink = Sink()
    handler = type("Handler", (_Handler,), {"sink": sink})
    with serving(ThreadingHTTPServer(("127.0.0.1", 0), handler)) as sink.url:
        yield sink
