"""HTTP requests made with `requests`: a client span for each, and the trace sent along."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from requests import PreparedRequest, Response, Session

from ..containment import contained
from ..http_method import method_in_resource, method_tags
from ..propagation import inject
from ..span import Span
from ..text import to_text
from ..tracer import tracer
from .method import replace, restore

_FIRST_ERROR_STATUS = 400
"""Statuses from here on are errors of a client span (OpenTelemetry's rule)."""


def install() -> None:
    """Trace each request; redirects become spans within the first one's."""
    replace(Session, "send", _send)


def uninstall() -> None:
    """Undo `install`."""
    restore(Session, "send")


def _send(
    send: Callable[..., Response], session: Session, request: PreparedRequest, **kwargs: Any
) -> Response:
    with tracer.trace("requests.request", type="http") as span:
        with contained:
            inject(span.context, request.headers)
            _describe(span, request)
        response = send(session, request, **kwargs)
        with contained:
            _record(span, response)
        return response


def _describe(span: Span, request: PreparedRequest) -> None:
    """Say where the request goes, without the query and without who asks."""
    method = method_in_resource(request.method)
    span.resource = method
    span.set_tags({"span.kind": "client", **method_tags(request.method)})
    url = urlsplit(to_text(request.url))
    span.resource = f"{method} {url.path}"
    span.set_tags({"url.path": url.path, "server.address": url.hostname or ""})


def _record(span: Span, response: Response) -> None:
    status = str(response.status_code)
    span.set_tag("http.response.status_code", status)
    if response.status_code >= _FIRST_ERROR_STATUS:
        span.error = 1
        span.set_tags({"error.type": status, "error.message": response.reason})
