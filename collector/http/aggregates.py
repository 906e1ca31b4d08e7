"""The routes that answer questions about sets of traces."""

from __future__ import annotations

from flask import Blueprint, Response

from collector.aggregates.answer_parts import sample_json
from collector.aggregates.comparison import comparison, deploys
from collector.aggregates.flow_graph import graph
from collector.aggregates.kept_at_rate import kept_at_rate
from collector.aggregates.route_totals import routes
from collector.aggregates.rule_shares import HOW_COMPUTED as HOW_RULE_SHARES
from collector.aggregates.rule_shares import rule_shares
from collector.aggregates.service_map import service_map
from collector.aggregates.span_reader import SpanReader
from collector.aggregates.sum_cache import SumCache
from collector.aggregates.time_series import series
from collector.aggregates.what_if import outage, what_if
from collector.aggregates.who_pays import accounts, payers
from collector.http.answers import json_about
from collector.http.parameters import (
    changes,
    keying,
    payer,
    rate,
    service,
    trace_set,
    whole_between,
)
from collector.sampling.rule_book import RuleBook
from collector.store.trace_store import TraceStore


def aggregates(store: TraceStore, sums: SumCache, book: RuleBook) -> Blueprint:
    """Return the routes, for this store, its sums and the rules of sampling."""
    blueprint = Blueprint("aggregates", __name__, url_prefix="/api")
    reader = SpanReader(store)

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

    return blueprint
