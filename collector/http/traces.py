"""The routes that answer questions about what is stored."""

from __future__ import annotations

import msgspec
from flask import Blueprint, Response, request

from collector.http.answers import RefusedError, error, json, versioned
from collector.http.ids import span_id_of
from collector.http.live import MOST_READERS, Hub, TooManyReadersError
from collector.http.operations import operations
from collector.http.parameters import paging, query, time_range
from collector.http.response_cache import Rendered
from collector.http.stored_trace import stored, version_of
from collector.http.trace_json import span_detail, summary_json, trace_columns
from collector.search.overview import overview
from collector.search.search import search
from collector.store.sqlite import Store


def queries(store: Store, hub: Hub) -> Blueprint:
    """The routes, for this store and the live stream of what it takes in."""
    blueprint = Blueprint("queries", __name__, url_prefix="/api")
    rendered = Rendered()

    @blueprint.get("/services")
    def services() -> Response:
        found = [
            {"name": s.name, "color": s.color, "kind": s.kind, "last_seen": str(s.last_seen)}
            for s in store.catalog.services()
        ]
        return json({"services": found})

    @blueprint.get("/operations")
    def all_operations() -> Response:
        return json({"operations": operations(store, request.args.get("service"))})

    @blueprint.get("/traces")
    def traces() -> Response:
        page = search(store, query(), time_range(), *paging())
        found = [summary_json(summary) for summary in page.traces]
        answer = {"traces": found, "next": page.next}
        return json(answer | {"matched": page.matched, "matched_exact": page.exact})

    @blueprint.get("/summary")
    def summary() -> Response:
        return json(overview(store, query(), time_range()))

    @blueprint.get("/trace/<trace_id>")
    def trace(trace_id: str) -> Response:
        found = stored(store, trace_id)
        summary = found.summary()
        version = version_of(summary)

        def make() -> bytes:
            return msgspec.json.encode(trace_columns(store.catalog, summary, found.spans()))

        return versioned(version, lambda: rendered.get((summary.trace_id, version), make))

    @blueprint.get("/trace/<trace_id>/span/<span_id>")
    def span(trace_id: str, span_id: str) -> Response:
        found = stored(store, trace_id)
        number = span_id_of(span_id)
        detail = span_detail(found.trace_id, found.spans(mentioning=number), number)
        if detail is None:
            raise RefusedError(404, f"trace {found.trace_id} has no span {number:016x}")
        return json(detail)

    @blueprint.get("/live")
    def live() -> Response:
        try:
            reader = hub.join(query())
        except TooManyReadersError:
            return error(429, f"{MOST_READERS} watch already; close a page and try again", 5)

        response = Response(reader.events(), mimetype="text/event-stream")
        response.headers["Cache-Control"] = "no-store"
        response.call_on_close(lambda: hub.leave(reader))
        return response

    return blueprint
