"""The routes that compare inferred traces with those that were traced."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from flask import Blueprint, Response

from collector.analysis.tree import build_tree
from collector.http.answers import RefusedError, json_about
from collector.http.parameters import query, time_range
from collector.http.trace_lookup import find_trace
from collector.infer.answers import set_answer, trace_answer
from collector.infer.matching import TOLERANCE_NS
from collector.infer.stored import read_back
from collector.infer.truth import Truth, truth_of
from collector.model import Chunk
from collector.search.ast import And, Not
from collector.search.search import search
from collector.search.terms import INFERRED
from collector.search.view import TimeRange
from collector.store.large_reads import large_reads
from collector.store.trace_store import TraceStore
from collector.trace_summary import TraceSummary

MAX_INFERRED = 1_000
"""Inferred traces that are compared, the newest."""
MAX_TRUE = 2_000
"""Traces of the same time that they are compared with."""
LONGEST_NS = 10_000_000_000
"""A request may have made a call up to so long after it began."""
MAX_SPANS = 200_000
"""Spans of all these together."""


def inferred(store: TraceStore) -> Blueprint:
    """Return the routes, for this store."""
    blueprint = Blueprint("inferred", __name__, url_prefix="/api")

    @blueprint.get("/inferred")
    def of_set() -> Response:
        page = search(
            store, And((query(with_tests=True), INFERRED)), time_range(), limit=MAX_INFERRED
        )
        if not page.traces:
            return json_about(store, {"traces": 0, "traces_left_out": 0})
        truth = _truth(store, page.traces)
        with large_reads.turn(MAX_SPANS):
            answer = set_answer(read_back(_chunks(store, page.traces)), truth)
        left_out = max(0, page.matched - len(page.traces))
        counts = {"traces": len(page.traces), "traces_left_out": left_out}
        return json_about(store, counts | answer)

    @blueprint.get("/trace/<trace_id>/inferred")
    def of_trace(trace_id: str) -> Response:
        stored = find_trace(store, trace_id)
        if not stored.has_tag(INFERRED.key, INFERRED.text.value):
            message = f"trace {stored.trace_id} is not inferred: it is the truth"
            raise RefusedError(404, message)
        summary = stored.summary()
        truth = _truth(store, [summary], LONGEST_NS)
        found = read_back(_chunks(store, [summary]))
        return json_about(store, {"trace_id": stored.trace_id} | trace_answer(found, truth))

    return blueprint


def _truth(store: TraceStore, traces: Sequence[TraceSummary], before: int = 0) -> Truth:
    """Return what was traced from the first to the last of these traces, requests of tests
    included, and what began up to `before` ns earlier."""
    begin = min(summary.start for summary in traces) - TOLERANCE_NS - before
    end = max(summary.start + summary.duration for summary in traces) + TOLERANCE_NS
    page = search(store, Not(INFERRED), TimeRange(max(0, begin), end), limit=MAX_TRUE)
    found = _chunks(store, page.traces)
    return truth_of((trace_id, build_tree(spans)) for trace_id, spans in found)


def _chunks(store: TraceStore, traces: Iterable[TraceSummary]) -> Iterator[Chunk]:
    """Yield the spans of the traces, up to `MAX_SPANS` in all; those dropped meanwhile are left
    out."""
    spans = 0
    for summary in traces:
        spans += summary.spans
        if spans > MAX_SPANS:
            return
        if stored := store.find(summary.trace_id):
            yield Chunk(summary.trace_id, stored.spans())
