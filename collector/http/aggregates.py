"""The routes that answer questions about sets of traces."""

from __future__ import annotations

import time

import msgspec
from flask import Blueprint, Response

from collector.aggregates.answer_parts import sample
from collector.aggregates.comparison import comparison, deploys
from collector.aggregates.flow_graph import graph
from collector.aggregates.route_totals import routes
from collector.aggregates.service_map import service_map
from collector.aggregates.span_reader import Reading
from collector.aggregates.sum_cache import Aggregates
from collector.aggregates.time_series import series
from collector.aggregates.trace_insight import insight
from collector.aggregates.what_if import away, what_if
from collector.http.aggregate_parameters import changes, keying, service, trace_set
from collector.http.answers import RefusedError, json, versioned
from collector.http.parameters import whole_between
from collector.http.response_cache import Rendered
from collector.http.stored_trace import stored, version_of
from collector.store.sqlite import Store

_MOST_BYTES = 8 * 1024 * 1024
"""What single traces say is kept up to this size; a trace of 100,000 spans takes 2 MB."""


def insights(store: Store, aggregates: Aggregates) -> Blueprint:
    """The routes, for this store and what is added up of it."""
    blueprint = Blueprint("insights", __name__, url_prefix="/api")
    reading = Reading(store)
    rendered = Rendered(_MOST_BYTES)

    @blueprint.get("/routes")
    def all_routes() -> Response:
        return json(routes(aggregates.pick(trace_set())))

    @blueprint.get("/series")
    def over_time() -> Response:
        wanted = trace_set()
        buckets = whole_between("buckets", 60, 10, 200)
        return json(series(aggregates.pick(wanted), wanted.span, buckets))

    @blueprint.get("/graph")
    def folded() -> Response:
        by = keying()
        picked = aggregates.pick(trace_set())
        return json(graph(by, picked, aggregates.sum_of(picked, by), reading.findings))

    @blueprint.get("/map")
    def services() -> Response:
        picked = aggregates.pick(trace_set())
        return json(service_map(store.catalog, picked, aggregates.sum_of(picked, "service")))

    @blueprint.get("/compare")
    def compared() -> Response:
        a, b = aggregates.pick(trace_set("a_")), aggregates.pick(trace_set("b_"))
        folds = [aggregates.sum_of(picked, "path").fold for picked in (a, b)]
        tallies = [reading.attributes(picked) for picked in (a, b)]
        return json(comparison(a, b, folds[0], folds[1], tallies[0], tallies[1]))

    @blueprint.get("/deploys")
    def versions() -> Response:
        picked = aggregates.pick(trace_set())
        how = {"deploys": "traces by the version tag of the root, else of any span"}
        told = {"deploys": deploys(picked.cards), "sample": sample(picked), "how": how}
        return json(told)

    @blueprint.get("/what-if")
    def changed() -> Response:
        wanted = changes()
        picked = aggregates.pick(trace_set())
        fold = aggregates.sum_of(picked, "operation").fold
        return json(what_if(picked, fold, reading.lean(picked), wanted))

    @blueprint.get("/away")
    def without() -> Response:
        name = service()
        picked = aggregates.pick(trace_set())
        return json(away(picked, reading.lean(picked), name))

    @blueprint.get("/trace/<trace_id>/insight")
    def of_trace(trace_id: str) -> Response:
        found = stored(store, trace_id)
        summary = found.summary()
        version = version_of(summary)

        def make() -> bytes:
            trace = reading.one(found.trace_id)
            if trace is None:
                raise RefusedError(404, f"trace {found.trace_id} has just been dropped by age")
            return msgspec.json.encode(insight(trace, summary.start, aggregates.likes(trace)))

        key = (found.trace_id, version, minute())
        return versioned(version, lambda: rendered.get(key, make))

    return blueprint


def minute() -> str:
    """Changes once a minute, as do the traces that a trace is ranked among."""
    return str(int(time.monotonic() // 60))
