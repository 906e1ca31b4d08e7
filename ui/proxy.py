"""The collector's API under the UI's own address, so that the browser talks to one server only."""

from __future__ import annotations

from urllib.parse import quote

from flask import Blueprint, Response, current_app, jsonify, request

from ui.client import PATIENCE, Answer, AwayError, Collector
from ui.live_streams import Streams, TooManyError

MAX_STREAMS = 32
"""Live streams passed on at once; each holds a thread of the server."""

THOROUGH = 60.0
"""Seconds to wait for what the collector has to work out of a whole large trace."""

STREAM_SILENCE = 15.0
"""Seconds without a line after which a live stream counts as dead (one comes every two)."""

ASKED = ("Accept", "Accept-Encoding", "If-None-Match", "Last-Event-ID")
ANSWERED = (
    "Content-Type",
    "Content-Encoding",
    "Content-Length",
    "ETag",
    "Cache-Control",
    "Retry-After",
    "Vary",
)

LOOPBACK = ("127.0.0.1", "::1")
"""To a browser on this machine nothing is packed: that costs more time than it saves."""

AS_SENT = "%=&+/:?@!$'()*,;~"
"""What stays as it is in a query that the browser has escaped already."""

blueprint = Blueprint("proxy", __name__)
streams = Streams(MAX_STREAMS)


@blueprint.get("/stats")
@blueprint.get("/api/<path:_path>")
def pass_on(_path: str = "") -> Response:
    """The collector's answer, byte for byte: neither unpacked nor packed again."""
    answer = _ask(THOROUGH if request.path.endswith("/insight") else PATIENCE)
    response = _passed(answer)
    response.call_on_close(answer.close)
    return response


@blueprint.get("/api/live")
def live() -> Response:
    """The collector's live stream, as it comes; 429 when too many are read already."""
    answer = streams.open(lambda: _ask(STREAM_SILENCE))
    response = _passed(answer, STREAM_SILENCE)
    response.call_on_close(lambda: streams.close(answer))
    return response


@blueprint.errorhandler(AwayError)
def away(error: AwayError) -> Response:
    """What a program is told while the collector is away; people get a page instead."""
    return _complain(error.status, f"the collector does not answer: {error}")


@blueprint.errorhandler(TooManyError)
def too_many(_error: TooManyError) -> Response:
    """One page more than can be kept up to date live; it asks every few seconds instead."""
    return _complain(429, f"{MAX_STREAMS} pages watch live already; ask /api/traces now and then")


def _ask(timeout: float) -> Answer:
    collector: Collector = current_app.extensions["collector"]
    headers = {name: request.headers[name] for name in ASKED if name in request.headers}
    if request.remote_addr in LOOPBACK:
        headers.pop("Accept-Encoding", None)
    target = quote(request.path)
    if request.query_string:
        target += "?" + quote(request.query_string, safe=AS_SENT)
    return collector.open(target, headers, timeout, request.method)


def _passed(answer: Answer, silence: float | None = None) -> Response:
    response = Response(answer.body(silence=silence), status=answer.status)
    del response.headers["Content-Type"]
    for name in ANSWERED:
        if value := answer.headers.get(name):
            response.headers[name] = value
    return response


def _complain(status: int, message: str) -> Response:
    response = jsonify(error=message)
    response.status_code = status
    return response
