"""The routes to which clients send spans, and whatever else those clients ask for."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from flask import Blueprint, Response, request

from collector import limits
from collector.http.answers import error, json
from collector.http.decoding import check_client, decoding
from collector.http.stats import Stats
from collector.impossible_time import mark_impossible_times
from collector.receivers import datadog
from collector.receivers.body import BodyError, decompress
from collector.receivers.payload import Payload
from collector.store.group_commit import BusyError, CannotWriteError, NoAnswerError
from collector.store.sqlite import Store

MSGPACK_TYPES = ("application/msgpack", "application/x-msgpack")
JSON_TYPES = ("application/json", "text/json")
AGENT_INFO = {
    "version": "beer-and-donuts",
    "endpoints": [
        "/v0.3/traces",
        "/v0.4/traces",
        "/v0.5/traces",
        # Answered with an empty object only, but ddtrace-run complains at every start without them.
        "/debugger/v1/diagnostics",
        "/debugger/v2/input",
    ],
    "client_drop_p0s": False,
    "span_events": True,
}


def span_intake(store: Store, stats: Stats) -> Blueprint:
    """Return the routes for spans that go to this store and are counted in these stats."""
    blueprint = Blueprint("span_intake", __name__)

    def receive(read: dict[str, Callable[[bytes], Payload]]) -> Response:
        sent = request.content_length or 0
        try:
            payload = _payload(read)
            payload.impossible_times = mark_impossible_times(payload.chunks, time.time_ns())
            added = store.add(payload.chunks)
        except BodyError as problem:
            stats.request_rejected(problem.kind, sent)
            return error(problem.status, str(problem))
        except BusyError:
            stats.request_rejected("busy", sent)
            return error(
                429,
                "more is being sent than can be taken; try again in a second",
                retry_after=1,
            )
        except CannotWriteError as problem:
            stats.request_rejected("not_stored", sent)
            return error(503, f"{problem}; send this again later", retry_after=5)
        except NoAnswerError as problem:
            stats.request_rejected("no_answer", sent)
            hint = "send this again later: what is stored by then counts as a duplicate"
            return error(503, f"{problem}; {hint}", retry_after=5)
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
        return json(AGENT_INFO)

    @blueprint.route("/v0.6/stats", methods=("PUT", "POST"))
    @blueprint.post("/telemetry/<path:_rest>")
    @blueprint.post("/debugger/<path:_rest>")
    @blueprint.route("/v0.7/config", methods=("GET", "POST"))
    def ignored(_rest: str = "") -> Response:
        return json({})

    return blueprint


def _payload(read: dict[str, Callable[[bytes], Payload]]) -> Payload:
    """Read the request's spans. Raises `BodyError` if the body cannot be read at all."""
    if (request.content_length or 0) > limits.BODY_BYTES:
        message = f"the body is larger than {limits.BODY_BYTES:,} bytes; send fewer spans at a time"
        raise BodyError(413, "too_large", message)
    content_type = request.mimetype or MSGPACK_TYPES[0]
    is_json, is_msgpack = content_type in JSON_TYPES, content_type in MSGPACK_TYPES
    form = "json" if is_json else "msgpack" if is_msgpack else ""
    if form not in read:
        supported = " or ".join(f"application/{name}" for name in read)
        message = f"Content-Type {content_type[:60]!r} is not supported here; send {supported}"
        raise BodyError(415, "unknown_type", message)
    encoding = request.headers.get("Content-Encoding", "")
    with decoding():
        body = decompress(request.get_data(cache=False), encoding)
        check_client()
        return read[form](body)
