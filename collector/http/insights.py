"""The routes that answer what there is to find out about one trace."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import nullcontext

from flask import Blueprint, Response

from collector.aggregates.answer_parts import Json, encoded_answer
from collector.aggregates.digest_store import card_of, packed_sums
from collector.aggregates.span_reader import SpanReader
from collector.aggregates.sum_cache import USUAL_TRACES, SumCache
from collector.aggregates.trace_analyses import analyses, is_large
from collector.aggregates.trace_bill import trace_bill
from collector.aggregates.trace_insight import insight, insight_among
from collector.aggregates.trace_order import order
from collector.aggregates.trace_set import Member, member_of
from collector.bytes_cache import BytesCache
from collector.http.active_requests import ActiveRequests
from collector.http.answers import RefusedError, json_about, missing_from, versioned
from collector.http.parameters import payer
from collector.http.trace_lookup import find_trace, version_of
from collector.store.large_reads import large_analyses
from collector.store.trace_store import TraceStore

_INSIGHT_BYTES = 8 * 1024 * 1024
"""Size of the answers that are kept; one about 100,000 spans takes 2 MB."""


def insights(store: TraceStore, sums: SumCache, requests: ActiveRequests) -> Blueprint:
    """Return the routes, for this store, its sums and the requests that are being served."""
    blueprint = Blueprint("insights", __name__, url_prefix="/api/trace/<trace_id>")
    reader = SpanReader(store)
    kept = BytesCache(_INSIGHT_BYTES)

    @blueprint.get("/insight")
    def insight_of(trace_id: str) -> Response:
        stored = find_trace(store, trace_id)
        summary = stored.summary()
        missing = store.missing()
        version = version_of(summary) + ("-in-part" if missing else "")

        def make() -> bytes:
            member = member_of(stored)
            with requests.elsewhere() if is_large(member) else nullcontext():
                return _ranked(member, summary.start, sums, missing_from(store))

        key = (stored.trace_id, version, minute(), *missing)
        return versioned(version, lambda: kept.get(key, make))

    @blueprint.get("/order")
    def order_of(trace_id: str) -> Response:
        stored = find_trace(store, trace_id)

        def make() -> bytes:
            member = member_of(stored)
            with requests.elsewhere() if is_large(member) else nullcontext():
                return _about(member, order, {})

        return versioned(version_of(stored.summary()), make)

    @blueprint.get("/bill")
    def bill_of(trace_id: str) -> Response:
        who = payer()
        stored = find_trace(store, trace_id)
        with large_analyses.turn(stored.summary().spans):
            trace = reader.whole_trace(stored.trace_id)
        if trace is None:
            raise _dropped(stored.trace_id)
        sample = sums.sample_of(USUAL_TRACES)
        return json_about(store, trace_bill(trace, who, sample, sums.routes_of, reader.whole_trace))

    return blueprint


def minute() -> str:
    """Return a text that changes once a minute, as may the traces that a trace is ranked among."""
    return str(int(time.monotonic() // 60))


def _ranked(member: Member, t0: int, sums: SumCache, more: Json) -> bytes:
    """Return the insight of a trace among others of its route."""
    card = card_of(member)
    if card is None:
        raise _dropped(member.trace_id)
    likes = sums.same_route(card.route)
    if is_large(member):
        return _about(member, insight_among, more, t0, packed_sums(likes.members))
    return _about(member, insight, more, t0, sums.sum_of(likes, "operation").fold)


def _about(member: Member, answer: Callable[..., Json], more: Json, *arguments: object) -> bytes:
    """Return the JSON of an answer about a trace, and of more that is added to it. `answer` is
    called with the trace and the arguments, which have to be such as can be pickled."""
    body = analyses.of(member, encoded_answer, answer, more, *arguments)
    if body is None:
        raise _dropped(member.trace_id)
    return body


def _dropped(trace_id: str) -> RefusedError:
    """Return the refusal for a trace that was stored a moment ago."""
    return RefusedError(404, f"trace {trace_id} has just been dropped because of its age")
