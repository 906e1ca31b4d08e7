"""HTTP requests made with `requests`: a client span for each, and the trace sent along.

With `stream=True` a span goes on until the body has been read or given up. It stops being the
current one when the headers are there: what the app does between two chunks is not part of it.
"""

from __future__ import annotations

import sys
import weakref
from collections.abc import Callable
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from requests import PreparedRequest, Response, Session
from urllib3 import HTTPResponse
from urllib3.exceptions import HTTPError

from ..containment import contained
from ..flask import FIRST_BYTE
from ..history import HEADER as HISTORY
from ..history import RecordedSegment
from ..http_method import method_in_resource, method_tags
from ..logical_clock import RECEIVED
from ..propagation import inject
from ..span import Span
from ..text import to_text
from ..tracer import tracer
from .method import replace, restore

_FIRST_ERROR_STATUS = 400
"""Statuses from here on are errors of a client span (OpenTelemetry's rule)."""
_SPANS = "_tracer_spans"
"""The attribute of a body in which its spans are: that of the request, and those of redirects."""


def install() -> None:
    """Trace each request; redirects become spans within the first one's."""
    replace(Session, "send", _send)
    replace(HTTPResponse, "release_conn", _release)


def uninstall() -> None:
    """Undo `install`."""
    restore(Session, "send")
    restore(HTTPResponse, "release_conn")


def _send(
    send: Callable[..., Response], session: Session, request: PreparedRequest, **kwargs: Any
) -> Response:
    span = tracer.trace("requests.request", type="http")
    body_follows = False
    try:
        with contained:
            _announce(span, request)
        response = send(session, request, **kwargs)
        with contained:
            _take_note(span, response)
            if isinstance(response.raw, HTTPResponse) and not response.raw.closed:
                _finish_with_body(span, response.raw)
                body_follows = True
    except BaseException:
        with span:  # which ends it as failed
            raise
    if not body_follows:
        span.finish()
    return response


def _announce(span: Span, request: PreparedRequest) -> None:
    """Describe a request that is about to be sent, and send the trace along."""
    clock = tracer.logical_clock
    inject(span.context if clock is None else clock.context_sent(span), request.headers)
    if span.is_recording:
        _describe(span, request)
    if isinstance(span.segment, RecordedSegment):
        request.headers[HISTORY] = span.segment.request_header()


def _take_note(span: Span, response: Response) -> None:
    """Record what the answer says."""
    if span.is_recording:
        _record(span, response)
    clock = tracer.logical_clock
    if clock and (received := clock.received(response.headers.get("tracestate", ""))):
        span.set_tag(RECEIVED, received)
    if isinstance(span.segment, RecordedSegment) and HISTORY in response.headers:
        span.segment.take_answer(span, response.headers[HISTORY])


def _finish_with_body(span: Span, body: HTTPResponse) -> None:
    """Let the span go on until the body's connection is released, or nobody has the body."""
    span.add_event(FIRST_BYTE)  # as at the server: headers are there, and the body is on its way
    span.leave()
    spans = body.__dict__.setdefault(_SPANS, [])
    spans.append(span)
    weakref.finalize(body, span.finish)


def _release(release: Callable[..., None], body: HTTPResponse) -> None:
    release(body)
    spans = body.__dict__.pop(_SPANS, ())
    error = sys.exc_info()[1]  # urllib3 releases the connection while it raises this
    for span in spans:
        if isinstance(error, HTTPError):
            span.set_error(error)
        span.finish()


def _describe(span: Span, request: PreparedRequest) -> None:
    """Say where the request goes, without the query and without who asks."""
    method = method_in_resource(request.method)
    span.resource = method
    span.set_tag("span.kind", "client")
    span.set_tags(method_tags(request.method))
    path, host = _place(to_text(request.url).partition("?")[0])
    span.resource = f"{method} {path}"
    span.set_tag("url.path", path)
    span.set_tag("server.address", host)


@lru_cache(maxsize=256)
def _place(url: str) -> tuple[str, str]:
    """Return the path and the host of an address without a query. Most apps ask for the same few
    again and again."""
    parts = urlsplit(url)
    return parts.path, parts.hostname or ""


def _record(span: Span, response: Response) -> None:
    status = str(response.status_code)
    span.set_tag("http.response.status_code", status)
    if response.status_code >= _FIRST_ERROR_STATUS:
        span.error = 1
        span.set_tags({"error.type": status, "error.message": response.reason})
