"""The routes to which clients send spans, and what those clients ask besides."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial

from flask import Blueprint, Response, request

from collector import limits
from collector.http.answers import error, json
from collector.http.stats import Stats
from collector.receivers import datadog
from collector.receivers.body import BodyError, decompress
from collector.receivers.payload import Payload
from collector.store.sqlite import Store
from collector.store.writer import BusyError, CannotWriteError

_DECODING = threading.BoundedSemaphore(4)
"""Bodies being decoded at the same time: a few large ones must not fill the memory."""
MSGPACK = ("application/msgpack", "application/x-msgpack")
JSON = ("application/json", "text/json")
INFO = {
    "version": "beer-and-donuts",
    "endpoints": [
        "/v0.3/traces",
        "/v0.4/traces",
        "/v0.5/traces",
        # Not served beyond an empty answer, but without them ddtrace-run complains at every start.
        "/debugger/v1/diagnostics",
        "/debugger/v2/input",
    ],
    "client_drop_p0s": False,
    "span_events": True,
}


def receivers(store: Store, stats: Stats) -> Blueprint:
    """The routes, for spans that go to this store."""
    blueprint = Blueprint("receivers", __name__)

    def receive(read: dict[str, Callable[[bytes], Payload]]) -> Response:
        sent = request.content_length or 0
        try:
            payload = _payload(read)
            added = store.add(payload.chunks)
        except BodyError as problem:
            stats.request_rejected(problem.kind, sent)
            return error(problem.status, str(problem))
        except BusyError:
            stats.request_rejected("busy", sent)
            return error(429, "more is sent than the disk takes; try again", retry_after=1)
        except CannotWriteError as problem:
            stats.request_rejected("not_stored", sent)
            return error(503, f"{problem}; nothing of this request is kept", retry_after=5)
        stats.request_kept(payload, sent, added.duplicates)
        answer: dict[str, object] = {"rate_by_service": {"service:,env:": 1}}
        if payload.rejected:
            answer |= {"rejected": payload.rejected.total(), "reasons": payload.reasons}
        return json(answer)

    def v04() -> Response:
        return receive({"msgpack": datadog.read_v04, "json": partial(datadog.read_v04, json=True)})

    def v05() -> Response:
        return receive({"msgpack": datadog.read_v05})

    for version, view in (("v0.3", v04), ("v0.4", v04), ("v0.5", v05)):
        path = f"/{version}/traces"
        blueprint.add_url_rule(path, version.replace(".", ""), view, methods=("PUT", "POST"))

    @blueprint.get("/info")
    def info() -> Response:
        return json(INFO)

    @blueprint.route("/v0.6/stats", methods=("PUT", "POST"))
    @blueprint.post("/telemetry/<path:_rest>")
    @blueprint.post("/debugger/<path:_rest>")
    @blueprint.route("/v0.7/config", methods=("GET", "POST"))
    def chatter(_rest: str = "") -> Response:
        return json({})

    return blueprint


def _payload(read: dict[str, Callable[[bytes], Payload]]) -> Payload:
    """The request's spans. Raises `BodyError`."""
    if (request.content_length or 0) > limits.BODY:
        message = f"the body is larger than {limits.BODY:,} bytes; send fewer spans at a time"
        raise BodyError(413, "too_large", message)
    kind = request.mimetype or MSGPACK[0]
    form = "json" if kind in JSON else "msgpack" if kind in MSGPACK else ""
    if form not in read:
        understood = " or ".join(f"application/{name}" for name in read)
        message = f"Content-Type {kind[:60]!r} is not understood here; send {understood}"
        raise BodyError(415, "unknown_type", message)
    encoding = request.headers.get("Content-Encoding", "")
    with _DECODING:
        return read[form](decompress(request.get_data(cache=False), encoding))
