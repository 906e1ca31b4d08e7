"""Flask requests as spans, measured from their arrival to the last byte of the response."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

from .containment import contained
from .context import Context
from .history import HEADER as HISTORY
from .history import RecordedSegment, asked
from .http_method import method_in_resource, method_tags
from .logical_clock import RECEIVED, LogicalClock
from .propagation import REQUEST_ID, context_in
from .span import Span, active
from .text import to_text
from .tracer import Tracer
from .tracer import tracer as default_tracer

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment
    from flask import Flask

UNTRACED_PATHS = "UNTRACED_PATHS"
"""The setting of a Flask app that lists paths for operators, such as `/ping`: they leave no trace.
OpenTelemetry's `FlaskInstrumentor` calls them excluded URLs."""

SYNTHETIC_AGENT = "workshop-check"
"""How the User-Agent of a test begins: `./workshop check` is one. OpenTelemetry's tag
`user_agent.synthetic.type` tells its requests from those of people."""

_RESPONSE = "tracer.response"
"""The key in a request's environment under which its `_Response` is."""
FIRST_BYTE = "http.response.first_byte"
"""The event that the first part of a body of unknown length is ready to be sent."""


class TraceMiddleware:
    """Traces the requests of a Flask app: `TraceMiddleware(app, tracer, service="web")`.

    It wraps the whole app (WSGI), so that its span contains everything from routing to the end of
    a streamed body. Flask's signals report the matched rule and uncaught exceptions. A second one
    for the same app only changes the settings of the first. OpenTelemetry's `FlaskInstrumentor`
    does the same.
    """

    def __init__(
        self, app: Flask, tracer: Tracer | None = None, service: str | None = None
    ) -> None:
        """Trace `app`, as `service` (default: the tracer's).

        Raises `TypeError` if `tracer` is a service's name: each request would stumble over it.
        """
        if isinstance(tracer, str):
            raise TypeError(f"a name is given as TraceMiddleware(app, service={tracer!r})")
        import flask  # not at the top: programs without Flask import this package, too

        self.tracer = tracer or default_tracer
        self.service = service
        first = app.extensions.setdefault("tracer", self)
        if first is not self:
            first.tracer = self.tracer
            first.service = service or first.service
            return
        self._config = app.config
        self._wsgi_app = app.wsgi_app
        app.wsgi_app = self  # type: ignore[method-assign]
        flask.request_started.connect(_on_route, app, weak=False)
        flask.got_request_exception.connect(_on_exception, app, weak=False)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request (WSGI)."""
        if not self.tracer.enabled or self._is_untraced(environ):
            return self._wsgi_app(environ, start_response)
        before = active.get()
        response = _Response(self._start_span(environ), start_response, self.tracer.logical_clock)
        environ[_RESPONSE] = response
        try:
            return response.with_body(self._wsgi_app(environ, response.start))
        except BaseException as error:
            response.fail(error)
            raise
        finally:
            active.set(before)

    def _is_untraced(self, environ: WSGIEnvironment) -> bool:
        return environ.get("PATH_INFO") in self._config.get(UNTRACED_PATHS, ())

    def _start_span(self, environ: WSGIEnvironment) -> Span:
        tags: dict[str, str | int] = {}
        resource = history = None
        with contained:
            context = context_in(_Headers(environ))
            if context is not None:
                active.set(context)
            history = environ.get(_environ_key(HISTORY))
            if context is None or context.priority is None or context.sampled:
                resource = method_in_resource(environ["REQUEST_METHOD"])
                tags = _tags(environ)
            clock = self.tracer.logical_clock
            if context and clock and (received := clock.received(context.tracestate)):
                tags[RECEIVED] = received
        token = asked.set(history)
        try:
            return self.tracer.trace(
                "flask.request",
                service=self.service or self.tracer.service,
                resource=resource,
                type="http",
                tags=tags,
            )
        finally:
            asked.reset(token)


class _Headers:
    """The headers in WSGI's environment: few are looked at, so they are looked up there."""

    __slots__ = ("_environ",)

    def __init__(self, environ: WSGIEnvironment) -> None:
        self._environ = environ

    def get(self, name: str, default: str, /) -> str:
        """Return the value of a header whose name is given in lower case, or `default`."""
        value: str = self._environ.get(_environ_key(name), default)
        return value


@cache
def _environ_key(name: str) -> str:
    """Return the key of a header in WSGI's environment."""
    return f"HTTP_{name.upper().replace('-', '_')}"


def _tags(environ: WSGIEnvironment) -> dict[str, str | int]:
    """Return what is known of a request when it arrives."""
    tags: dict[str, str | int] = {
        "span.kind": "server",
        **method_tags(environ["REQUEST_METHOD"]),
        "url.path": _path(environ),
    }
    if environ.get("HTTP_USER_AGENT", "").startswith(SYNTHETIC_AGENT):
        tags["user_agent.synthetic.type"] = "test"
    request_id = environ.get(_environ_key(REQUEST_ID))
    if request_id is not None:
        tags[f"http.request.header.{REQUEST_ID}"] = request_id
    return tags


def _path(environ: WSGIEnvironment) -> str:
    """Return the path of the request, as UTF-8.

    WSGI hands over bytes as text, each byte a character (PEP 3333); a server that does otherwise
    has decoded them already. Bytes that are no UTF-8 become U+FFFD.
    """
    path: str = environ.get("PATH_INFO", "")
    try:
        return path.encode("latin-1").decode("utf-8", "replace")
    except UnicodeEncodeError:
        return path


class _Response:
    """A response on its way out: a WSGI body that ends the request's span when it ends itself.

    Between two chunks the server does other things in the same thread, so the span is current
    only while the app is working on the next chunk.
    """

    def __init__(
        self, span: Span, start_response: StartResponse, logical_clock: LogicalClock | None
    ) -> None:
        self.span = span
        self._logical_clock = logical_clock
        self._start_response = start_response
        self._body: Iterable[bytes] = ()
        self._chunks: Iterator[bytes] = iter(())
        self._current: Span | Context | None = span
        self._bytes_left: int | None = None
        self._has_begun = False

    def start(self, status: str, headers: list[tuple[str, str]], *exc_info: Any) -> Any:
        """Record the status and add the trace's id to the headers (WSGI)."""
        with contained:
            if self.span.is_recording:
                self._record(status)
            for name, value in headers:
                if name.lower() == "content-length" and value.isdecimal():
                    self._bytes_left = int(value)
            headers = [*headers, ("traceresponse", self.span.context.traceparent)]
            segment = self.span.segment
            if isinstance(segment, RecordedSegment) and segment.asked:
                headers.append((HISTORY, segment.answer_header()))
            if self._logical_clock is not None:
                headers.append(("tracestate", self._logical_clock.answer_sent(self.span)))
        return self._start_response(status, headers, *exc_info)

    def _record(self, status: str) -> None:
        code, _, reason = status.partition(" ")
        span = self.span
        span.set_tag("http.response.status_code", code)
        if "http.route" not in span.tags:
            method = to_text(span.resource).partition(" ")[0]
            span.resource = f"{method} {code}"
        if code >= "500" and not span.error:
            span.error = 1
            span.set_tags({"error.type": code, "error.message": reason})

    def with_body(self, body: Iterable[bytes]) -> Iterable[bytes]:
        """Wrap the body, so that its end is noticed."""
        self._body = body
        self._chunks = iter(body)
        return self

    def fail(self, error: BaseException) -> None:
        """End the span with an error."""
        try:
            with contained:
                if not self.span.error:
                    self.span.set_error(error)
        finally:  # Ctrl-C may arrive meanwhile
            self.span.finish()

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        before = active.get()
        active.set(self._current)
        try:
            chunk = next(self._chunks)
        except StopIteration:
            self.span.finish()
            raise
        except BaseException as error:
            self.fail(error)
            raise
        else:
            with contained:
                self._count(chunk)
            return chunk
        finally:
            self._current = active.get()
            active.set(before)

    def _count(self, chunk: bytes) -> None:
        """Take account of a part of the body that is about to be sent."""
        if self._bytes_left is not None:
            # A body of known length ends with its last byte; not every server asks for more.
            self._bytes_left -= len(chunk)
            if self._bytes_left <= 0:
                self.span.finish()
        elif chunk and not self._has_begun:
            self._has_begun = True
            self.span.add_event(FIRST_BYTE)

    def close(self) -> None:
        """Release the body and end the span (WSGI), even if the client has gone."""
        before = active.get()
        active.set(self._current)
        try:
            close = getattr(self._body, "close", None)
            if close is not None:
                close()
        except BaseException as error:
            self.fail(error)
            raise
        finally:
            self.span.finish()
            active.set(before)


def _on_route(app: Flask, **_: Any) -> None:
    """Name the span after the route that matched: `GET /beers/<name>`."""
    from flask import request

    with contained:
        environ, rule = request.environ, request.url_rule
        response = environ.get(_RESPONSE)
        if response is not None and response.span.is_recording and rule is not None:
            response.span.resource = f"{method_in_resource(environ['REQUEST_METHOD'])} {rule.rule}"
            response.span.set_tag("http.route", rule.rule)


def _on_exception(app: Flask, exception: BaseException, **_: Any) -> None:
    """Record the exception: Flask only answers "500 Internal Server Error"."""
    from flask import request

    with contained:
        response = request.environ.get(_RESPONSE)
        if response is not None:
            response.span.set_error(exception)
