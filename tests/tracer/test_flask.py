"""The Flask middleware: one span per request, correct whatever happens to the request."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
import requests
from flask import Flask, Response, abort, request, send_file, stream_with_context
from waitress.server import create_server
from werkzeug.serving import make_server
from werkzeug.test import create_environ

from tests.tracer.test_propagation import DATADOG, SPAN_ID, TRACE_ID, W3C
from tracer import InMemoryWriter, Span, TraceMiddleware, Tracer


def make_app(tracer: Tracer) -> Flask:
    """An app factory, as people write them."""
    app = Flask(__name__)
    TraceMiddleware(app, tracer, service="web")

    @app.get("/pair/beer")
    def pair() -> str:
        with tracer.trace("match"):
            return "donut"

    @app.route("/beers/<name>", methods=["GET", "POST"])
    def beer(name: str) -> str:
        return name

    @app.get("/fail")
    def fail() -> str:
        raise KeyError("ipa")

    @app.get("/busy")
    def busy() -> str:
        abort(503, "no palate")

    @app.get("/missing")
    def missing() -> str:
        abort(404)

    @app.get("/empty")
    def empty() -> tuple[str, int]:
        return "", 204

    @app.get("/stream")
    def stream() -> Response:
        def rows() -> Iterator[str]:
            for n in range(3):
                with tracer.trace("row"):
                    yield f"{request.args.get('beer')}{n}"
                    tracer.trace("sent").finish()

        return Response(stream_with_context(rows()))

    @app.get("/broken-stream")
    def broken_stream() -> Response:
        def rows() -> Iterator[str]:
            yield "one"
            raise KeyError("two")

        return Response(rows())

    @app.get("/file")
    def file() -> Response:
        return send_file(__file__)

    return app


@pytest.fixture
def app(tracer: Tracer) -> Flask:
    return make_app(tracer)


@pytest.fixture
def client(app: Flask) -> Any:
    return app.test_client()


def test_a_name_in_place_of_the_tracer_is_refused_at_once() -> None:
    app = Flask(__name__)
    with pytest.raises(TypeError, match=r"TraceMiddleware\(app, service='matchmaker'\)"):
        TraceMiddleware(app, "matchmaker")  # type: ignore[arg-type]
    assert not app.extensions


def test_a_request_is_a_span(client: Any, writer: InMemoryWriter) -> None:
    response = client.get("/pair/beer?name=ipa", headers={"X-Request-ID": "abc"})
    assert response.status_code == 200
    root, match = writer.spans
    assert (root.name, root.service, root.resource, root.type) == (
        "flask.request",
        "web",
        "GET /pair/beer",
        "http",
    )
    assert root.tags == {
        "span.kind": "server",
        "http.request.method": "GET",
        "url.path": "/pair/beer",
        "http.route": "/pair/beer",
        "http.response.status_code": "200",
        "http.request.header.x-request-id": "abc",
    }
    assert (root.parent_id, root.error) == (0, 0)
    assert match.parent_id == root.span_id


def test_a_request_of_a_test_says_so(client: Any, writer: InMemoryWriter) -> None:
    for agent in ("workshop-check", "curl/8.5.0"):
        client.get("/beers/ipa", headers={"User-Agent": agent})
    tags = [span.tags.get("user_agent.synthetic.type") for span in writer.spans]
    assert tags == ["test", None]


def test_paths_for_operators_leave_no_trace(
    app: Flask, client: Any, writer: InMemoryWriter
) -> None:
    app.config["UNTRACED_PATHS"] = ("/empty",)
    response = client.get("/empty")
    assert response.status_code == 204
    assert "traceresponse" not in response.headers
    client.get("/missing")
    assert [span.resource for span in writer.spans] == ["GET /missing"]


def test_the_resource_is_the_rule(client: Any, writer: InMemoryWriter) -> None:
    client.post("/beers/ipa")
    assert writer.spans[0].resource == "POST /beers/<name>"
    assert writer.spans[0].tags["url.path"] == "/beers/ipa"


@pytest.mark.parametrize(
    ("sent", "recorded"),
    [
        ("/beers/%F0%9F%8D%A9", "/beers/🍩"),
        ("/beers/k%C3%B6lsch", "/beers/kölsch"),
        ("/beers/%FF", "/beers/\N{REPLACEMENT CHARACTER}"),
    ],
)
def test_a_path_is_utf_8(client: Any, writer: InMemoryWriter, sent: str, recorded: str) -> None:
    client.get(sent)
    assert writer.spans[0].tags["url.path"] == recorded


def test_a_server_that_decodes_paths_itself(client: Any, writer: InMemoryWriter) -> None:
    with suppress(UnicodeEncodeError):  # Werkzeug does not expect it
        client.application.wsgi_app({**create_environ(), "PATH_INFO": "/beers/🍩"}, lambda *_: None)
    assert writer.spans[0].tags["url.path"] == "/beers/🍩"


@pytest.mark.parametrize(
    ("method", "path", "resource", "error"),
    [
        ("GET", "/no/such/page", "GET 404", 0),
        ("DELETE", "/pair/beer", "DELETE 405", 0),
        ("GET", "/missing", "GET /missing", 0),
        ("HEAD", "/pair/beer", "HEAD /pair/beer", 0),
        ("OPTIONS", "/pair/beer", "OPTIONS /pair/beer", 0),
        ("GET", "/empty", "GET /empty", 0),
        ("GET", "/busy", "GET /busy", 1),
    ],
)
def test_every_answer_is_measured_and_carries_the_trace(
    method: str, path: str, resource: str, error: int, client: Any, writer: InMemoryWriter
) -> None:
    response = client.open(path, method=method)
    root = writer.spans[0]
    assert (root.resource, root.error) == (resource, error)
    assert root.tags["http.response.status_code"] == str(response.status_code)
    assert response.headers.getlist("traceresponse") == [
        f"00-{root.trace_id:032x}-{root.span_id:016x}-01"
    ]


@pytest.mark.parametrize(
    ("written", "method", "resource"),
    [
        ("BREW", "_OTHER", "HTTP 405"),
        ("X" * 300, "_OTHER", "HTTP 405"),
        ("get", "GET", "GET /pair/beer"),
        ("PROPFIND", "_OTHER", "HTTP 405"),
    ],
)
def test_a_method_that_somebody_makes_up_makes_no_operation(
    written: str, method: str, resource: str, app: Flask, writer: InMemoryWriter
) -> None:
    app.test_client().open("/pair/beer", environ_overrides={"REQUEST_METHOD": written})
    root = writer.spans[0]
    assert root.resource == resource
    assert root.tags["http.request.method"] == method
    assert root.tags["http.request.method_original"] == written


def test_a_route_for_any_method_has_no_operation_of_its_own(
    app: Flask, writer: InMemoryWriter
) -> None:
    app.add_url_rule("/any", "any", lambda: "", methods=["BREW", "STIR"])
    for method in ("BREW", "STIR"):
        app.test_client().open("/any", method=method)
    assert {span.resource for span in writer.spans} == {"HTTP /any"}


def test_a_5xx_says_which(client: Any, writer: InMemoryWriter) -> None:
    client.get("/busy")
    tags = writer.spans[0].tags
    assert (tags["error.type"], tags["error.message"]) == ("503", "SERVICE UNAVAILABLE")


def test_an_uncaught_exception_is_recorded(client: Any, writer: InMemoryWriter) -> None:
    response = client.get("/fail")
    assert response.status_code == 500
    assert "traceresponse" in response.headers
    (root,) = writer.spans
    assert (root.resource, root.error) == ("GET /fail", 1)
    assert root.tags["error.type"] == "KeyError"
    assert root.tags["error.message"] == "'ipa'"
    assert 'raise KeyError("ipa")' in str(root.tags["error.stack"])
    assert root.tags["http.response.status_code"] == "500"


def test_an_exception_that_leaves_the_app_is_recorded(
    app: Flask, client: Any, writer: InMemoryWriter, tracer: Tracer
) -> None:
    app.testing = True
    with pytest.raises(KeyError):
        client.get("/fail")
    assert writer.spans[0].tags["error.type"] == "KeyError"
    assert tracer.current_span() is None


@pytest.mark.parametrize("headers", [W3C, DATADOG])
def test_the_trace_goes_on(headers: dict[str, str], client: Any, writer: InMemoryWriter) -> None:
    client.get("/pair/beer", headers=headers)
    root, _ = writer.spans
    assert (root.trace_id, root.parent_id) == (TRACE_ID, SPAN_ID)


def test_an_unsampled_request_says_so(client: Any, writer: InMemoryWriter, tracer: Tracer) -> None:
    tracer.configure(sampling=0)
    response = client.get("/fail")
    assert response.headers["traceresponse"].endswith("-00")
    assert client.get("/no/such/page").status_code == 404
    assert writer.spans == []
    assert tracer.current_span() is None


def test_a_disabled_tracer_adds_nothing(client: Any, tracer: Tracer) -> None:
    tracer.configure(enabled=False)
    response = client.get("/pair/beer")
    assert response.text == "donut"
    assert "traceresponse" not in response.headers


def test_applied_twice_it_measures_once(
    app: Flask, client: Any, tracer: Tracer, writer: InMemoryWriter
) -> None:
    TraceMiddleware(app, tracer, service="matchmaker")
    TraceMiddleware(app, tracer)
    response = client.get("/pair/beer")
    assert len(response.headers.getlist("traceresponse")) == 1
    assert [span.name for span in writer.spans] == ["flask.request", "match"]
    assert writer.spans[0].service == "matchmaker"


def test_two_apps_do_not_mix(tracer: Tracer, writer: InMemoryWriter) -> None:
    one, other = make_app(tracer).test_client(), make_app(tracer).test_client()
    one.get("/fail")
    other.get("/pair/beer")
    assert [span.resource for span in writer.spans] == ["GET /fail", "GET /pair/beer", "match"]


def test_within_a_span_a_request_is_its_child(
    client: Any, tracer: Tracer, writer: InMemoryWriter
) -> None:
    with tracer.trace("test") as test:
        client.get("/pair/beer")
        assert tracer.current_span() is test
    root = next(span for span in writer.spans if span.name == "flask.request")
    assert (root.parent_id, root.service) == (test.span_id, "web")


def test_a_stream_is_measured_until_its_end(
    client: Any, tracer: Tracer, writer: InMemoryWriter
) -> None:
    response = client.get("/stream?beer=ipa")
    assert writer.spans == []
    with tracer.trace("other") as other:
        assert response.text == "ipa0ipa1ipa2"
        assert tracer.current_span() is other
    assert other.parent_id == 0
    (root,) = (span for span in writer.spans if span.name == "flask.request")
    rows = [span for span in writer.spans if span.name == "row"]
    assert [row.parent_id for row in rows] == [root.span_id] * 3
    assert all(end(row) <= end(root) for row in rows)
    assert {span.parent_id for span in writer.spans if span.name == "sent"} == {
        row.span_id for row in rows
    }


def test_a_stream_records_its_first_byte(client: Any, writer: InMemoryWriter) -> None:
    client.get("/stream").get_data()
    (root,) = (span for span in writer.spans if span.name == "flask.request")
    second = sorted(span.start for span in writer.spans if span.name == "row")[1]
    (first_byte,) = root.events or ()
    assert first_byte.name == "http.response.first_byte"
    assert root.start < first_byte.time <= second


@pytest.mark.parametrize("path", ["/pair/beer", "/file", "/empty", "/missing", "/fail"])
def test_an_answer_in_one_piece_says_nothing_of_its_beginning(
    client: Any, writer: InMemoryWriter, path: str
) -> None:
    with client.get(path) as answer:
        answer.get_data()
    (root,) = (span for span in writer.spans if span.name == "flask.request")
    assert root.events is None


def end(span: Span) -> int:
    assert span.duration is not None
    return span.start + span.duration


def test_a_stream_that_breaks_is_an_error(client: Any, writer: InMemoryWriter) -> None:
    response = client.get("/broken-stream")
    with pytest.raises(KeyError):
        response.get_data()
    (root,) = writer.spans
    assert (root.error, root.tags["error.type"]) == (1, "KeyError")


def test_a_stream_nobody_reads_on_ends_when_it_is_closed(
    client: Any, tracer: Tracer, writer: InMemoryWriter
) -> None:
    response = client.get("/stream")
    response.close()
    assert writer.spans[0].name == "flask.request"
    assert writer.spans[0].error == 0
    assert tracer.current_span() is None


def test_streams_may_interleave(client: Any, writer: InMemoryWriter) -> None:
    one, other = client.get("/stream?beer=a").iter_encoded(), client.get("/stream?beer=b")
    assert next(one) == b"a0"
    assert other.text == "b0b1b2"
    assert list(one) == [b"a1", b"a2"]
    traces = {span.trace_id for span in writer.spans}
    assert len(traces) == 2
    for trace_id in traces:
        assert sum(span.trace_id == trace_id for span in writer.spans) == 7


def test_strange_requests_are_answered_as_before(app: Flask, writer: InMemoryWriter) -> None:
    bare = Flask("bare").test_client()
    for path in ("/\ud7ff", "/%ff%fe", "/a" * 5000):
        assert app.test_client().get(path).status_code == bare.get(path).status_code
    headers = {"traceparent": "\xff" * 1000, "X-Request-ID": "\xff" * 100_000}
    assert app.test_client().get("/pair/beer", headers=headers).status_code == 200
    assert len(writer.spans) == 5


@pytest.mark.parametrize("server", ["werkzeug", "waitress"])
def test_behind_a_real_server(server: str, app: Flask, writer: InMemoryWriter) -> None:
    with serving(app, server) as url, requests.Session() as session:
        for path in ("/pair/beer", "/stream", "/file", "/empty", "/fail", "/beers/ipa"):
            response = session.get(url + path, timeout=5)
            assert response.headers["traceresponse"].startswith("00-")
        assert session.head(url + "/pair/beer", timeout=5).ok
    roots = [span for span in writer.spans if span.name == "flask.request"]
    assert [root.resource for root in roots] == [
        "GET /pair/beer",
        "GET /stream",
        "GET /file",
        "GET /empty",
        "GET /fail",
        "GET /beers/<name>",
        "HEAD /pair/beer",
    ]


@contextmanager
def serving(app: Flask, kind: str) -> Iterator[str]:
    """Serve an app on a free port until the block ends."""
    if kind == "werkzeug":
        server: Any = make_server("127.0.0.1", 0, app, threaded=True)
        port, run, stop = server.server_port, server.serve_forever, server.shutdown
        close = server.server_close
    else:
        server = create_server(app, host="127.0.0.1", port=0)
        stopped = threading.Event()

        def run() -> None:
            while not stopped.is_set():
                server.asyncore.loop(timeout=0.02, count=1, map=server._map)

        def close() -> None:
            server.asyncore.close_all(server._map)
            server.task_dispatcher.shutdown()

        port, stop = server.effective_port, stopped.set
    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        stop()
        thread.join()
        close()
