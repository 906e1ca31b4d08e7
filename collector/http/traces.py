"""The routes that answer questions about what is stored."""

from __future__ import annotations

from flask import Blueprint, Response, request

from collector.analysis.chain import verify
from collector.http.answers import RefusedError, error, json, json_about, versioned
from collector.http.live import MAX_SUBSCRIBERS, LiveStream, TooManySubscribersError
from collector.http.operations import operations
from collector.http.parameters import paging, query, refusal, searched, time_range
from collector.http.services_json import services_json
from collector.http.trace_answers import TraceAnswers
from collector.http.trace_json import (
    chain_json,
    span_address,
    span_detail,
    summaries_json,
)
from collector.http.trace_lookup import find_trace, parse_span_address, version_of
from collector.search.explain import explain, open_named
from collector.search.overview import overview
from collector.search.query_error import QueryError
from collector.search.search import search
from collector.search.terms import INFERRED
from collector.store.large_reads import large_reads
from collector.store.trace_store import TraceStore


def traces(store: TraceStore, answers: TraceAnswers, live_stream: LiveStream) -> Blueprint:
    """Return the routes, for this store, the answers about its traces, and the live stream of what
    it receives."""
    blueprint = Blueprint("traces", __name__, url_prefix="/api")

    @blueprint.get("/services")
    def services() -> Response:
        return json(services_json(store.catalog.services()))

    @blueprint.get("/operations")
    def all_operations() -> Response:
        return json_about(store, operations(store, request.args.get("service")))

    @blueprint.get("/traces")
    def matching_traces() -> Response:
        page = search(store, query(), time_range(), *paging())
        summaries = summaries_json(store, page.traces)
        answer: dict[str, object] = {"traces": summaries, "next": page.next}
        exact = page.exact and not store.missing()
        return json_about(store, answer | {"matched": page.matched, "matched_exact": exact})

    @blueprint.get("/search")
    def search_explained() -> Response:
        text = searched()
        if opened := open_named(store, text):
            return json(opened)
        try:
            return json_about(store, explain(store, text))
        except QueryError as problem:
            raise refusal(text, problem) from None

    @blueprint.get("/summary")
    def summary() -> Response:
        answer = overview(store, query(), time_range())
        exact = bool(answer["exact"]) and not store.missing()
        return json_about(store, answer | {"exact": exact})

    @blueprint.get("/trace/<trace_id>")
    def trace(trace_id: str) -> Response:
        stored = find_trace(store, trace_id)
        summary = stored.summary()
        return versioned(version_of(summary), lambda: answers.answer(stored, summary))

    @blueprint.get("/trace/<trace_id>/summary")
    def trace_summary(trace_id: str) -> Response:
        stored = find_trace(store, trace_id)
        [summary] = summaries_json(store, [stored.summary()])
        is_inferred = stored.has_tag(INFERRED.key, INFERRED.text.value)
        return json(summary | {"inferred": is_inferred})

    @blueprint.get("/trace/<trace_id>/chain")
    def chain(trace_id: str) -> Response:
        stored = find_trace(store, trace_id)
        with large_reads.turn(stored.summary().spans):
            selected = stored.selected_spans()
            verdict = verify(stored.trace_id, selected.spans)
        return json(chain_json(stored.trace_id, verdict, selected.selection is None))

    @blueprint.get("/trace/<trace_id>/span/<span_id>")
    def span(trace_id: str, span_id: str) -> Response:
        stored = find_trace(store, trace_id)
        wanted, number = parse_span_address(span_id)
        detail = span_detail(stored.trace_id, stored.relatives(wanted), wanted, number)
        if detail is None:
            name = span_address(wanted, number)
            raise RefusedError(404, f"trace {stored.trace_id} has no span {name}")
        return json(detail)

    @blueprint.get("/live")
    def live() -> Response:
        try:
            subscriber = live_stream.subscribe(query())
        except TooManySubscribersError:
            message = f"{MAX_SUBSCRIBERS} pages are already watching; close one and try again"
            return error(429, message, retry_after=5)

        response = Response(subscriber.events(), mimetype="text/event-stream")
        response.headers["Cache-Control"] = "no-store"
        response.call_on_close(lambda: live_stream.unsubscribe(subscriber))
        return response

    return blueprint
