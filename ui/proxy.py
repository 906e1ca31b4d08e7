"""The collector's API under the UI's own address, so that browsers talk to one server only."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from flask import Blueprint, Response, current_app, jsonify, request

from ui.client import Answer, Collector, CollectorDownError, timeout_for
from ui.live_streams import Streams, TooManyError

MAX_STREAMS = 32
"""Live streams passed on at once; each holds a thread of the server."""

STREAM_TIMEOUT_S = 15.0
"""How long a live stream may be silent before it counts as dead; a line comes every 2 s."""

FILE_TIMEOUT_S = 60.0
"""How long a file that is being saved may be silent."""

REQUEST_HEADERS = ("Accept", "Accept-Encoding", "If-None-Match", "Last-Event-ID")
RESPONSE_HEADERS = (
    "Content-Type",
    "Content-Encoding",
    "Content-Length",
    "Content-Disposition",
    "Exported-Traces",
    "Matched-Traces",
    "Left-Out-Spans",
    "Missing",
    "ETag",
    "Cache-Control",
    "Retry-After",
    "Vary",
)

LOOPBACK = ("127.0.0.1", "::1")
"""For a browser on this machine nothing is compressed: that costs more time than it saves."""

SAFE_IN_QUERY = "%=&+/:?@!$'()*,;~"
"""Characters left alone in a query that the browser has already escaped."""

blueprint = Blueprint("proxy", __name__)
streams = Streams(MAX_STREAMS)


@blueprint.get("/stats")
@blueprint.get("/api/<path:_path>")
def pass_on(_path: str = "") -> Response:
    """Return the collector's answer byte for byte, without decompressing it."""
    answer = _ask(timeout_for(request.path))
    return _passed_on(answer, answer.close)


@blueprint.get("/api/export")
@blueprint.get("/api/trace/<_trace_id>/export")
def export(_trace_id: str = "") -> Response:
    """Return a file with traces as it comes, however long it takes."""
    answer = _ask(FILE_TIMEOUT_S)
    return _passed_on(answer, answer.close, FILE_TIMEOUT_S)


@blueprint.post("/api/import")
@blueprint.post("/api/import/<_number>")
def take_piece(_number: str = "") -> Response:
    """Hand a piece of a file with traces on to the collector."""
    answer = _ask(timeout_for(request.path), request.get_data(cache=False))
    return _passed_on(answer, answer.close)


@blueprint.get("/api/live")
def live() -> Response:
    """Return the collector's live stream as it comes, 429 if too many are open already."""
    answer = streams.open(lambda: _ask(STREAM_TIMEOUT_S))
    return _passed_on(answer, lambda: streams.close(answer), STREAM_TIMEOUT_S)


@blueprint.errorhandler(CollectorDownError)
def collector_down(error: CollectorDownError) -> Response:
    """Return an error for programs while the collector is down; people get a page instead."""
    return _json_error(error.status, f"the collector does not answer: {error}")


@blueprint.errorhandler(TooManyError)
def too_many(_error: TooManyError) -> Response:
    """Return an error for one page too many; its script then polls instead."""
    return _json_error(
        429, f"{MAX_STREAMS} live streams are open already; poll /api/traces instead"
    )


def _ask(timeout: float, body: bytes | None = None) -> Answer:
    collector: Collector = current_app.extensions["collector"]
    headers = {name: request.headers[name] for name in REQUEST_HEADERS if name in request.headers}
    if request.remote_addr in LOOPBACK:
        headers.pop("Accept-Encoding", None)
    target = quote(request.path)
    if request.query_string:
        target += "?" + quote(request.query_string, safe=SAFE_IN_QUERY)
    return collector.open(target, headers, timeout, request.method, body)


def _passed_on(
    answer: Answer, close: Callable[[], None], silence_s: float | None = None
) -> Response:
    """Return the answer as ours; `close` is called once it has been sent.

    Raises `CollectorDownError` if it can't be, with `close` called.
    """
    try:
        response = Response(answer.body(silence_s=silence_s), status=answer.status)
        del response.headers["Content-Type"]
        for name in RESPONSE_HEADERS:
            if value := answer.headers.get(name):
                response.headers[name] = value
    except ValueError as error:
        close()
        raise CollectorDownError(f"its answer makes no sense: {error}") from None
    response.call_on_close(close)
    return response


def _json_error(status: int, message: str) -> Response:
    response = jsonify(error=message)
    response.status_code = status
    return response
