"""HTTP requests: a client span each, the trace in their headers, their failures."""

from __future__ import annotations

import gc
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests

from tests.serving import serving
from tracer import Context, Span, patch, tracer, unpatch
from tracer.patch import requests as patched
from tracer.propagation import extract
from tracer.sampling.rate import RateSampler


class Echo(BaseHTTPRequestHandler):
    """Keeps the headers it was sent; `/<number>` is answered with that status."""

    received: list[dict[str, str]]

    def do_GET(self) -> None:
        self.received.append(dict(self.headers))
        if self.path.startswith("/elsewhere"):
            self.send_response(302)
            self.send_header("Location", "/200")
        else:
            self.send_response(int(self.path[1:4]))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def received() -> list[dict[str, str]]:
    return []


@pytest.fixture
def url(received: list[dict[str, str]], spans: list[Span]) -> Iterator[str]:
    handler: Any = type("Handler", (Echo,), {"received": received})
    with serving(ThreadingHTTPServer(("127.0.0.1", 0), handler)) as url:
        patch(requests=True)
        yield url


def test_a_request_is_a_client_span_and_carries_the_trace(
    url: str, received: list[dict[str, str]], spans: list[Span]
) -> None:
    with tracer.trace("root", service="web") as root:
        requests.get(f"{url}/200?beer=ipa", params={"secret": "1"}, timeout=5)
    _, span = spans
    assert (span.name, span.service, span.resource, span.type) == (
        "requests.request",
        "web",
        "GET /200",
        "http",
    )
    assert span.parent_id == root.span_id
    assert span.tags == {
        "span.kind": "client",
        "http.request.method": "GET",
        "url.path": "/200",
        "server.address": "127.0.0.1",
        "http.response.status_code": "200",
    }
    assert extract(received[0]) == span.context


def test_an_unsampled_trace_is_sent_along_and_described_to_nobody(
    url: str,
    received: list[dict[str, str]],
    spans: list[Span],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tracer, "sampler", RateSampler(0))
    described: list[Span] = []
    monkeypatch.setattr(patched, "_describe", lambda span, _: described.append(span))
    with tracer.trace("root") as root:
        assert requests.get(f"{url}/200", timeout=5).status_code == 200
        assert requests.get(f"{url}/404", timeout=5).status_code == 404
    assert spans == described == []
    for headers in received:
        context = extract(headers)
        assert context is not None
        assert (context.trace_id, context.span_id) == (root.trace_id, root.span_id)
        assert context.priority == 0
        assert headers["traceparent"].endswith("-00")
        assert headers["x-datadog-sampling-priority"] == "0"


def test_a_method_that_nobody_knows_is_a_tag(url: str, spans: list[Span]) -> None:
    assert requests.request("BREW", f"{url}/200", timeout=5).status_code == 501
    [span] = spans
    assert span.resource == "HTTP /200"
    assert span.tags["http.request.method"] == "_OTHER"
    assert span.tags["http.request.method_original"] == "BREW"


def test_without_a_trace_it_starts_one(
    url: str, received: list[dict[str, str]], spans: list[Span]
) -> None:
    requests.get(f"{url}/200", timeout=5)
    assert spans[0].parent_id == 0
    assert extract(received[0]) == spans[0].context


def test_an_unsampled_trace_tells_the_other_side(
    url: str, received: list[dict[str, str]], spans: list[Span]
) -> None:
    with tracer.activate(Context(5, 6, 0)):
        requests.get(f"{url}/200", timeout=5)
    context = extract(received[0])
    assert context is not None
    assert (context.trace_id, context.priority) == (5, 0)
    assert spans == []


def test_a_disabled_tracer_adds_nothing(
    url: str, received: list[dict[str, str]], spans: list[Span], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracer, "enabled", False)
    requests.get(f"{url}/200", timeout=5)
    assert extract(received[0]) is None


@pytest.mark.parametrize(("status", "error"), [(200, 0), (304, 0), (404, 1), (503, 1)])
def test_statuses(status: int, error: int, url: str, spans: list[Span]) -> None:
    assert requests.get(f"{url}/{status}", timeout=5).status_code == status
    assert spans[0].error == error
    assert spans[0].tags["http.response.status_code"] == str(status)
    assert spans[0].tags.get("error.type") == (str(status) if error else None)


def test_redirects_are_requests_within_the_first(
    url: str, received: list[dict[str, str]], spans: list[Span]
) -> None:
    assert requests.get(f"{url}/elsewhere", timeout=5).status_code == 200
    first, second = spans
    assert (first.resource, second.resource) == ("GET /elsewhere", "GET /200")
    assert second.parent_id == first.span_id
    assert [extract(headers) for headers in received] == [first.context, second.context]


def test_no_server(closed_port: int, spans: list[Span]) -> None:
    patch(requests=True)
    with pytest.raises(requests.ConnectionError):
        requests.get(f"http://127.0.0.1:{closed_port}/", timeout=5)
    assert spans[0].error == 1
    assert spans[0].tags["error.type"] == "requests.exceptions.ConnectionError"


def test_a_timeout(spans: list[Span]) -> None:
    patch(requests=True)
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(requests.ReadTimeout):
        requests.get(f"http://127.0.0.1:{silent.getsockname()[1]}/", timeout=0.05)
    assert spans[0].tags["error.type"] == "requests.exceptions.ReadTimeout"
    assert spans[0].duration is not None
    assert spans[0].duration >= 50_000_000


def test_credentials_in_an_address_are_not_recorded(url: str, spans: list[Span]) -> None:
    requests.get(url.replace("//", "//user:secret@") + "/200", timeout=5)
    assert "secret" not in str(spans[0].tags) + spans[0].resource


class Slow(BaseHTTPRequestHandler):
    """Sends the headers and half of the body, and the rest once `go_on` is set."""

    protocol_version = "HTTP/1.1"
    go_on: threading.Event

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "6")
        self.end_headers()
        self.wfile.write(b"bee")
        if self.go_on.wait(5) and self.path != "/cut":
            self.wfile.write(b"r!\n")
        self.close_connection = self.path == "/cut"

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def go_on() -> threading.Event:
    return threading.Event()


@pytest.fixture
def slow(go_on: threading.Event, spans: list[Span]) -> Iterator[str]:
    handler: Any = type("Handler", (Slow,), {"go_on": go_on})
    with serving(ThreadingHTTPServer(("127.0.0.1", 0), handler)) as url:
        patch(requests=True)
        yield url
        go_on.set()


def test_a_streamed_body_belongs_to_the_span(
    slow: str, go_on: threading.Event, spans: list[Span]
) -> None:
    with tracer.trace("root") as root, requests.Session() as session:
        answer = session.get(f"{slow}/", stream=True, timeout=5)
        assert tracer.current_span() is root
        chunks = answer.iter_content(3)
        assert next(chunks) == b"bee"
        assert spans == []
        with tracer.trace("between two chunks"):
            go_on.set()
        assert b"".join(chunks) == b"r!\n"
    span, between = [each for each in spans if each is not root]
    assert (span.name, span.parent_id, span.error) == ("requests.request", root.span_id, 0)
    assert between.parent_id == root.span_id
    assert [event.name for event in span.events or ()] == ["http.response.first_byte"]
    assert span.start + (span.duration or 0) >= between.start + (between.duration or 0)


def test_a_streamed_body_that_is_cut_off_is_a_failure(
    slow: str, go_on: threading.Event, spans: list[Span]
) -> None:
    go_on.set()
    with requests.Session() as session:
        answer = session.get(f"{slow}/cut", stream=True, timeout=5)
        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            _ = answer.content
    assert spans[0].tags["error.type"] == "urllib3.exceptions.ProtocolError"


@pytest.mark.parametrize("read", [0, 3])
def test_a_streamed_body_that_is_given_up_ends_the_span(
    slow: str, spans: list[Span], read: int
) -> None:
    with requests.get(f"{slow}/", stream=True, timeout=5) as answer:
        assert answer.raw.read(read) == b"bee"[:read]
        assert spans == []
    assert [span.error for span in spans] == [0]


def test_a_streamed_body_that_is_forgotten_ends_the_span(slow: str, spans: list[Span]) -> None:
    with requests.Session() as session:
        session.get(f"{slow}/", stream=True, timeout=5)
        gc.collect()
    assert [span.error for span in spans] == [0]


def test_a_stream_after_redirects(url: str, spans: list[Span]) -> None:
    with requests.get(f"{url}/elsewhere", stream=True, timeout=5) as answer:
        assert answer.status_code == 200
    assert [span.resource for span in spans] == ["GET /elsewhere", "GET /200"]
    assert tracer.current_span() is None


def test_unpatch_restores_the_library(
    url: str, received: list[dict[str, str]], spans: list[Span]
) -> None:
    patch(requests=True)
    unpatch()
    requests.get(f"{url}/200", timeout=5)
    assert spans == []
    assert extract(received[0]) is None
