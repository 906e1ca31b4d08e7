"""The second screen: one trace. The waterfall is drawn in the browser; what it shows can also be
read as plain tables, page by page, where no script runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, current_app, render_template, request

from ui import service_marks, trace_rows
from ui.client import Collector, CollectorError, RefusedError
from ui.graph.drawing import draw
from ui.graph.flow_graph import KINDS, flow_arrows, flow_nodes, strongest, visible
from ui.links import link
from ui.screens import course
from ui.words.footnotes import Notes
from ui.words.labels import operation

ROWS = 500
"""Spans on one page of the plain table."""

MOST_NODES, MOST_EDGES, LEAST_SHARE = 80, 300, 0.005
"""Of a trace's graph: nodes at most; edges; and the share of the critical path below which nodes
are left out if there are more. If that does not help, services are drawn instead of operations."""

HOW = {
    "self": "the time of a span that none of its children covers; children it does not wait for"
    " take nothing away (collector.analysis.self_time)",
    "duration": "from the span's start to its end, as its tracer measured it",
}
"""How the numbers are made of which the collector's answers do not speak."""

blueprint = Blueprint("trace", __name__)


@blueprint.get("/trace/<trace_id>")
def page(trace_id: str) -> str:
    """The trace's head; `static/js/trace.js` fetches and draws the spans."""
    summary = _summary(trace_id)
    return render_template(
        "trace.html",
        trace_id=trace_id,
        summary=summary,
        services=_services(summary),
        kinds=KINDS,
        course=course.exists(),
    )


@blueprint.get("/trace/<trace_id>/spans")
def spans(trace_id: str) -> str:
    """The spans as an indented table and what they add up to by operation."""
    trace = _asked(f"/api/trace/{_identifier(trace_id)}")
    insight = _insight(trace_id, trace["spans"])
    first = max(0, request.args.get("from", 0, type=int))
    return render_template(
        "spans.html",
        trace_id=trace_id,
        trace=trace,
        summary=trace["summary"],
        services=trace["services"],
        rows=list(trace_rows.rows(trace, first, first + ROWS, insight)),
        insight=insight,
        notes=Notes(trace=HOW, insight=insight["how"] if insight else {}),
        lessons={lesson.number for lesson in course.lessons()},
        first=first,
        more=ROWS,
    )


@blueprint.get("/trace/<trace_id>/graph")
def graph(trace_id: str) -> str:
    """Who calls whom in it: spans of one operation, or of one service, are one node."""
    summary = _summary(trace_id)
    folded = _folded(trace_id, "operation")
    shown = _worth_drawing(folded)
    if folded["left_out"] or len(shown) > MOST_NODES:
        folded = _folded(trace_id, "service")
        shown = _worth_drawing(folded)
    nodes = [node for node in folded["nodes"] if node["key"] in shown]
    if not nodes:
        abort(503, "The collector is still working on this trace. Ask again in a few seconds.")
    names = {n["key"]: operation(n["service"], n["name"], n["resource"]) for n in nodes}
    edges = [e for e in folded["edges"] if e["called"] in names and e["caller"] in names]
    drawn = strongest(edges, MOST_EDGES)
    return render_template(
        "trace-graph.html",
        trace_id=trace_id,
        summary=summary,
        services=_services(summary),
        notes=Notes(graph=folded["how"]),
        by=folded["by"],
        hidden=len(folded["nodes"]) - len(nodes),
        picture=draw(
            flow_nodes(nodes, drawn, lambda node: _exemplar(trace_id, node)),
            flow_arrows(drawn, names, lambda edge: _exemplar(trace_id, edge)),
        ),
    )


@blueprint.get("/trace/<trace_id>/span/<span_id>")
def span(trace_id: str, span_id: str) -> str:
    """Everything stored about one span."""
    found = _asked(f"/api/trace/{_identifier(trace_id)}/span/{_identifier(span_id)}")
    summary = _summary(trace_id)
    return render_template(
        "span.html",
        trace_id=trace_id,
        span=found,
        summary=summary,
        services=_services(summary),
    )


def _insight(trace_id: str, spans: int) -> dict[str, Any] | None:
    """What else is known of the trace; None if that takes too long, or if it grew just now."""
    collector: Collector = current_app.extensions["collector"]
    try:
        found = dict(collector.get(f"/api/trace/{_identifier(trace_id)}/insight"))
    except CollectorError:
        return None
    return found if len(found["ranks"]) == spans else None


def _folded(trace_id: str, by: str) -> dict[str, Any]:
    return dict(_asked("/api/graph", by=by, q=f"trace:{trace_id.lower()}"))


def _worth_drawing(folded: dict[str, Any]) -> set[str]:
    """The nodes to draw: all of a few, else those with a part in the critical path."""
    nodes = folded["nodes"]
    return visible(nodes, folded["edges"], LEAST_SHARE if len(nodes) > MOST_NODES else 0)


def _exemplar(trace_id: str, found: Mapping[str, Any]) -> str:
    """The trace with the slowest span of a node or of an edge."""
    slowest = found.get("slowest")
    return link(f"/trace/{trace_id}", span=slowest["span_id"]) if slowest else ""


def _summary(trace_id: str) -> dict[str, Any]:
    found = _asked("/api/traces", q=f"trace:{_identifier(trace_id)}", limit=1)["traces"]
    if not found or found[0]["trace_id"] != trace_id.lower():
        abort(
            404,
            f"No trace {trace_id} is stored. It may be older than what is kept, or not here yet.",
        )
    return dict(found[0])


def _services(summary: dict[str, Any]) -> dict[str, dict[str, object]]:
    """Those of the trace, as the browser knows them: their marks differ among themselves."""
    known = service_marks.known(current_app.extensions["collector"])
    return {name: known[name] for name in summary["services"] if name in known}


def _asked(path: str, **parameters: object) -> Any:
    collector: Collector = current_app.extensions["collector"]
    try:
        return collector.get(path, **parameters)
    except RefusedError as refusal:
        abort(404 if refusal.status == 404 else 400, str(refusal))


def _identifier(text: str) -> str:
    """An id as it was given, if it is one at all."""
    if not text or len(text) > 32 or set(text.lower()) - set("0123456789abcdef"):
        abort(
            404, "A trace's id is 32 hex digits and a span's 16; this address holds something else."
        )
    return text.lower()
