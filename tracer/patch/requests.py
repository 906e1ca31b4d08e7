"""HTTP requests made with `requests`: a client span for each, and the trace sent along."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from requests import PreparedRequest, Response, Session

from ..propagation import inject
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
    url = urlsplit(request.url or "")
    tags = {
        "span.kind": "client",
        "http.request.method": request.method,
        "url.path": url.path,
        "server.address": url.hostname or "",
    }
    resource = f"{request.method} {url.path}"
    with tracer.trace("requests.request", resource=resource, type="http", tags=tags) as span:
        inject(span.context, request.headers)
        response = send(session, request, **kwargs)
        status = str(response.status_code)
        span.set_tag("http.response.status_code", status)
        if response.status_code >= _FIRST_ERROR_STATUS:
            span.error = 1
            span.set_tags({"error.type": status, "error.message": response.reason})
        return response
