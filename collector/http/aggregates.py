"""The routes that answer questions about sets of traces."""

from __future__ import annotations

import time
from collections.abc import Callable

from flask import Blueprint, Response

from collector.aggregates.answer_parts import Json, encoded_answer, sample_json
from collector.aggregates.comparison import comparison, deploys
from collector.aggregates.digest_store import card_of, packed_sums
from collector.aggregates.flow_graph import graph
from collector.aggregates.kept_at_rate import kept_at_rate
from collector.aggregates.route_totals import routes
from collector.aggregates.rule_shares import HOW_COMPUTED as HOW_RULE_SHARES
from collector.aggregates.rule_shares import rule_shares
from collector.aggregates.service_map import service_map
from collector.aggregates.span_reader import SpanReader
from collector.aggregates.sum_cache import USUAL_TRACES, SumCache
from collector.aggregates.time_series import series
from collector.aggregates.trace_analyses import analyses, is_large
from collector.aggregates.trace_bill import trace_bill
from collector.aggregates.trace_insight import insight, insight_among
from collector.aggregates.trace_order import order
from collector.aggregates.trace_set import Member, member_of
from collector.aggregates.what_if import outage, what_if
from collector.aggregates.who_pays import accounts, payers
from collector.analysis.trace import Trace
from collector.bytes_cache import BytesCache
from collector.http.answers import RefusedError, json_about, missing_from, versioned
from collector.http.parameters import (
    changes,
    keying,
    payer,
    rate,
    service,
    trace_set,
    whole_between,
)
from collector.http.trace_lookup import find_trace, version_of
from collector.sampling.rule_book import RuleBook
from collector.store.large_reads import large_analyses
from collector.store.trace_store import TraceStore

_INSIGHT_BYTES = 8 * 1024 * 1024
"""Size of the answers about single traces that are kept; one of 100,000 spans takes 2 MB."""


def aggregates(store: TraceStore, sums: SumCache, book: RuleBook) -> Blueprint:
    """Return the routes, for this store, its sums and the rules of sampling."""
    blueprint = Blueprint("aggregates", __name__, url_prefix="/api")
    reader = SpanReader(store)
    insights = BytesCache(_INSIGHT_BYTES)

    @blueprint.get("/routes")
    def all_routes() -> Response:
        return json_about(store, routes(sums.sample_of(trace_set())))

    @blueprint.get("/series")
    def over_time() -> Response:
        of_traces = trace_set()
        buckets = whole_between("buckets", 60, 10, 200)
        return json_about(store, series(sums.sample_of(of_traces), of_traces.time_range, buckets))

    @blueprint.get("/graph")
    def flow_graph() -> Response:
        by = keying()
        sample = sums.sample_of(trace_set())
        return json_about(store, graph(by, sample, sums.sum_of(sample, by), reader.findings))

    @blueprint.get("/map")
    def services() -> Response:
        who = payer()
        sample = sums.sample_of(trace_set())
        total = sums.sum_of(sample, "service")
        pays = accounts(who, sample, total, sums.routes_of)
        return json_about(store, service_map(store.catalog, sample, total, pays))

    @blueprint.get("/payers")
    def who_pays() -> Response:
        who, of_traces = payer(), trace_set()
        sample = sums.sample_of(of_traces._replace(route=None))
        pays = accounts(who, sample, sums.sum_of(sample, "service"), sums.routes_of)
        return json_about(store, payers(pays, sample, of_traces.route))

    @blueprint.get("/compare")
    def compared() -> Response:
        a, b = (sums.sample_of(trace_set(prefix, with_tests=True)) for prefix in ("a_", "b_"))
        folds = [sums.sum_of(sample, "path").fold for sample in (a, b)]
        tallies = [reader.attributes(sample) for sample in (a, b)]
        return json_about(store, comparison(a, b, folds[0], folds[1], tallies[0], tallies[1]))

    @blueprint.get("/deploys")
    def versions() -> Response:
        sample = sums.sample_of(trace_set(with_tests=True))
        how = {"deploys": "traces by the version tag of the root, else of any span"}
        answer = deploys(sample.cards) | {"sample": sample_json(sample), "how": how}
        return json_about(store, answer)

    @blueprint.get("/what-if")
    def changed() -> Response:
        requested = changes()
        sample = sums.sample_of(trace_set())
        fold = sums.sum_of(sample, "operation").fold
        return json_about(store, what_if(sample, fold, reader.lean_traces(sample), requested))

    @blueprint.get("/away")
    def away() -> Response:
        name = service()
        sample = sums.sample_of(trace_set())
        return json_about(store, outage(sample, reader.lean_traces(sample), name))

    @blueprint.get("/sampling/stored")
    def stored_by_rule() -> Response:
        return json_about(store, {"rules": rule_shares(store, book.rules), "how": HOW_RULE_SHARES})

    @blueprint.get("/sampling/what-if")
    def sampled() -> Response:
        share = rate()
        totals = store.totals()
        bytes_per_trace = totals.bytes / max(1, totals.traces)
        return json_about(store, kept_at_rate(sums.sample_of(trace_set()), bytes_per_trace, share))

    @blueprint.get("/trace/<trace_id>/insight")
    def of_trace(trace_id: str) -> Response:
        stored = find_trace(store, trace_id)
        summary = stored.summary()
        missing = store.missing()
        version = version_of(summary) + ("-in-part" if missing else "")

        def make() -> bytes:
            member = member_of(stored)
            card = card_of(member)
            if card is None:
                raise dropped(stored.trace_id)
            likes = sums.same_route(card.route)
            more = missing_from(store)
            if is_large(member):
                packed = packed_sums(likes.members)
                return about(member, insight_among, more, summary.start, packed)
            fold = sums.sum_of(likes, "operation").fold
            return about(member, insight, more, summary.start, fold)

        key = (stored.trace_id, version, minute(), *missing)
        return versioned(version, lambda: insights.get(key, make))

    @blueprint.get("/trace/<trace_id>/bill")
    def bill(trace_id: str) -> Response:
        who = payer()
        stored = find_trace(store, trace_id)
        with large_analyses.turn(stored.summary().spans):
            trace = whole(stored.trace_id)
        sample = sums.sample_of(USUAL_TRACES)
        return json_about(store, trace_bill(trace, who, sample, sums.routes_of, reader.whole_trace))

    @blueprint.get("/trace/<trace_id>/order")
    def order_of(trace_id: str) -> Response:
        stored = find_trace(store, trace_id)
        version = version_of(stored.summary())
        return versioned(version, lambda: about(member_of(stored), order, {}))

    def whole(trace_id: str) -> Trace:
        trace = reader.whole_trace(trace_id)
        if trace is None:
            raise dropped(trace_id)
        return trace

    return blueprint


def about(member: Member, answer: Callable[..., Json], more: Json, *arguments: object) -> bytes:
    """Return the JSON of an answer about a trace, and of more that is added to it. `answer` is
    called with the trace and the arguments, which have to be such as can be pickled."""
    body = analyses.of(member, encoded_answer, answer, more, *arguments)
    if body is None:
        raise dropped(member.trace_id)
    return body


def dropped(trace_id: str) -> RefusedError:
    """Return the refusal for a trace that was stored a moment ago."""
    return RefusedError(404, f"trace {trace_id} has just been dropped because of its age")


def minute() -> str:
    """Return a text that changes once a minute, as may the traces that a trace is ranked among."""
    return str(int(time.monotonic() // 60))
