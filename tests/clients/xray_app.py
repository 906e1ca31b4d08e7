"""A program traced by X-Ray's SDK; prints its spans as they should be read back.

Run by test_xray.py with the Python of the environment `opentracing`. Its arguments say how it sends
(`datagrams` or `calls`), and to which ports for datagrams and for HTTP. It makes more subsegments
than the SDK keeps: it sends most of them by themselves, before their segment.
"""

from __future__ import annotations

import json
import sys
import time
from contextlib import suppress
from typing import Any

from aws_xray_sdk.core import xray_recorder as recorder
from aws_xray_sdk.ext.flask.middleware import XRayMiddleware
from flask import Flask

WAY, UDP_PORT, TCP_PORT = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
WAIT_S = 20.0
QUERIES = 40
"""The SDK keeps 30 subsegments."""
METADATA = {"beers": ["ipa", "stout"], "größe": "\N{BEER MUG} ½"}


def main() -> None:
    """Make a trace that a Flask app is part of, send it, and print what it was."""
    address = f"tcp:127.0.0.1:{TCP_PORT} udp:127.0.0.1:{UDP_PORT}"
    recorder.configure(
        service="matchmaker", daemon_address=address, context_missing="RUNTIME_ERROR"
    )
    documents: list[str] = []
    send = recorder.emitter.send_entity if WAY == "datagrams" else lambda _: None
    recorder.emitter.send_entity = lambda entity: (
        documents.append(entity.serialize()),
        send(entity),
    )
    app = Flask(__name__)
    XRayMiddleware(app, recorder)
    app.add_url_rule("/pair/<kind>", view_func=pair)
    sampler = recorder.sampler
    sampler.start()
    _wait_for(lambda: sampler._cache.rules)
    for _ in range(3):  # it keeps one request a second by itself
        assert app.test_client().get("/pair/beer").status_code == 200
    targets, _ = sampler._connector.fetch_sampling_target(sampler._cache.rules)
    assert targets == {}
    if WAY == "calls":
        said = sampler._connector._xray_client.put_trace_segments(TraceSegmentDocuments=documents)
        assert said["UnprocessedTraceSegments"] == []
    json.dump([span for document in documents for span in _spans(json.loads(document))], sys.stdout)


def pair(kind: str) -> str:
    """Answer a request: with queries, a call of another service, and an error."""
    segment = recorder.current_segment()
    segment.set_user("ann")
    for key, value in {"beer": kind, "rows": 60, "share": 0.25, "hit": True}.items():
        segment.put_annotation(key, value)
    segment.put_metadata("tasted", METADATA)
    for _ in range(QUERIES):
        with recorder.in_subsegment("db", namespace="remote") as query:
            query.set_sql({"sanitized_query": "SELECT 1", "database_type": "SQLite"})
    with recorder.in_subsegment("taster", namespace="remote") as call:
        call.put_http_meta("url", "http://127.0.0.1/taste")
        call.put_http_meta("method", "POST")
        call.put_http_meta("status", 503)
        with recorder.in_subsegment("inner"):
            pass
    outer, inner = recorder.in_subsegment("failing"), recorder.in_subsegment("cause")
    with suppress(ValueError), outer, inner:
        raise ValueError("no such beer")
    return kind


def _wait_for(condition: Any) -> None:
    deadline = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def _spans(part: dict[str, Any], above: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    """Return the spans of a document or a part of one, by its JSON."""
    part.setdefault("trace_id", (above or {}).get("trace_id"))
    start, end = (round(part[time_] * 1_000_000) * 1_000 for time_ in ("start_time", "end_time"))
    is_part = part.get("type") == "subsegment"
    cause = part.get("cause", {})  # else the id of an exception that is further down
    thrown = cause.get("exceptions", []) if isinstance(cause, dict) else []
    annotations = part.get("annotations", {}).items()
    kind = "client" if part.get("namespace") == "remote" else "internal"
    span = {
        "trace_id": part["trace_id"][2:].replace("-", ""),
        "id": part["id"],
        "parent_id": part.get("parent_id"),
        "service": "matchmaker",
        "name": part["name"],
        "start": str(start),
        "duration": end - start,
        "error": int(any(part.get(flag) for flag in ("fault", "error", "throttle"))),
        "tags": {"span.kind": kind if is_part else "server"}
        | {key: _kept(value) for key, value in annotations},
        "events": [_event(each, end) for each in thrown],
        "links": [],
    }
    inner = [_spans(each, part) for each in part.get("subsegments", [])]
    return [span, *(each for spans in inner for each in spans)]


def _event(thrown: dict[str, Any], time_: int) -> dict[str, Any]:
    frames = (f"{f['path']}:{f['line']} {f['label']}" for f in thrown["stack"])
    said = {
        "exception.type": thrown["type"],
        "exception.message": thrown["message"],
        "exception.stacktrace": "\n".join(frames),
    }
    return {"time": str(time_), "name": "exception", "attributes": said}


def _kept(value: object) -> object:
    return str(value).lower() if isinstance(value, bool) else value


main()
