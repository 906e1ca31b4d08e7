"""The Trace screen. The browser draws the waterfall; everything it shows can also be read without a
script, as tables (page by page) and as a graph."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flask import Blueprint, Response, abort, redirect, render_template, request

from ui import lessons, payers, trace_rows
from ui.client import CollectorError, RefusedError
from ui.graph.drawing import Picture, draw
from ui.graph.flow_graph import flow_arrows, flow_nodes, strongest, visible
from ui.links import link
from ui.screen import Answer, ask, ask_or_abort, search_notes, services
from ui.words.footnotes import Footnotes
from ui.words.labels import full_name
from ui.words.verdicts import FINDINGS

TRACE_ID_DIGITS = 32
PAGE_SIZE = 500
"""Spans on one page of the plain table."""

MAX_NODES = 80
"""A graph with more nodes leaves out the small ones, and if that is not enough, draws services
instead of operations."""
MAX_EDGES = 300
MIN_NODE_SHARE = 0.005
"""Share of the critical path below which a node is small."""

HOW_COMPUTED = {
    "self": "the part of a span's time that none of its children covers; children that it does not"
    " wait for are ignored (collector.analysis.self_time)",
    "duration": "from the span's start to its end, as its tracer measured it",
}
"""How those numbers are computed that the collector's answers do not explain."""

NO_SUCH_TRACE = "No trace {} is stored. It may have expired, or it has not arrived yet."

blueprint = Blueprint("trace", __name__)


@dataclass(frozen=True)
class SpansView:
    """One page of a trace's spans as a table, and all of them by operation."""

    trace: Answer
    insight: Answer | None
    order: Answer | None
    """In ticks; None if the spans are to be shown by the clocks, or if it takes too long."""
    first: int
    """Row of the first span on the page."""
    page_size: int = PAGE_SIZE

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        """The spans on the page."""
        return list(
            trace_rows.rows(
                self.trace, self.first, self.first + self.page_size, self.insight, self.order
            )
        )

    @cached_property
    def notes(self) -> Footnotes:
        """How the numbers are computed."""
        return Footnotes(
            trace=HOW_COMPUTED,
            insight=self.insight["how"] if self.insight else {},
            order=self.order["how"] if self.order else {},
        )


@dataclass(frozen=True)
class GraphView:
    """A trace folded into a graph: spans of one operation, or of one service, are one node."""

    trace_id: str
    folded: Answer
    shown: set[str]
    """The keys of the nodes that are drawn."""

    @property
    def hidden(self) -> int:
        """The number of nodes that are not drawn."""
        return len(self.folded["nodes"]) - len(self.shown)

    @cached_property
    def notes(self) -> Footnotes:
        """How the numbers are computed."""
        return Footnotes(graph=self.folded["how"])

    @cached_property
    def picture(self) -> Picture:
        """The graph as drawn."""
        nodes = [node for node in self.folded["nodes"] if node["key"] in self.shown]
        names = {n["key"]: full_name(n["service"], n["name"], n["resource"]) for n in nodes}
        edges = [e for e in self.folded["edges"] if e["called"] in names and e["caller"] in names]
        drawn = strongest(edges, MAX_EDGES)
        return draw(
            flow_nodes(nodes, drawn, self._slowest_span),
            flow_arrows(drawn, names, self._slowest_span),
        )

    def _slowest_span(self, folded: Mapping[str, Any]) -> str:
        """Return the address of the slowest span of a node or an edge."""
        slowest = folded.get("slowest")
        return link(f"/trace/{self.trace_id}", span=slowest["span_id"]) if slowest else ""


@dataclass(frozen=True)
class BillView:
    """What a trace pays for, and who pays for what of it."""

    bill: Answer
    """The answer of `/api/trace/<id>/bill`."""

    @cached_property
    def notes(self) -> Footnotes:
        """How the numbers are computed."""
        return Footnotes(bill=self.bill["how"])

    @property
    def payer_switch(self) -> list[payers.Position]:
        """The switch between trigger and submitter."""
        return payers.switch(self.bill["payer"])

    def route_link(self, route: Mapping[str, Any]) -> str:
        """Return the address of a route's screen."""
        return link("/route", service=route["service"], resource=route["resource"])


@blueprint.get("/trace/<trace_id>")
def page(trace_id: str) -> str | Response:
    """Show the trace's head; `static/js/trace.js` fetches and draws the spans. Another form of the
    id leads to the address with the usual one."""
    if not _is_hex(trace_id) and (notes := search_notes(trace_id)) and notes.opens:
        return redirect(notes.opens)  # type: ignore[return-value]
    head = _head(trace_id)
    if head["summary"]["trace_id"] != trace_id.lower().zfill(TRACE_ID_DIGITS):
        address = link(f"/trace/{head['summary']['trace_id']}", **request.args)
        return redirect(address)  # type: ignore[return-value]
    audit = _audit(trace_id)
    return render_template(
        "trace.html", **head, audit=audit, kinds=FINDINGS, course=lessons.exist()
    )


@blueprint.get("/trace/<trace_id>/spans")
def spans(trace_id: str) -> str:
    """Show the spans as an indented table, and their totals by operation."""
    trace = ask_or_abort(f"/api/trace/{_hex_id(trace_id)}")
    first = max(0, request.args.get("from", 0, type=int))
    insight = _about_rows(trace_id, "insight", "ranks", trace["shown"])
    is_logical = request.args.get("order") == "logical"
    order = _about_rows(trace_id, "order", "start", trace["shown"]) if is_logical else None
    return render_template(
        "spans.html",
        view=SpansView(trace, insight, order, first),
        trace_id=trace_id,
        audit=_audit(trace_id),
        summary=trace["summary"],
        services=trace["services"],
        lessons=lessons.numbers(),
    )


@blueprint.get("/trace/<trace_id>/graph")
def graph(trace_id: str) -> str:
    """Show who calls whom in the trace."""
    head = _head(trace_id)
    folded = _folded(trace_id, "operation")
    if folded["left_out"] or len(_nodes_to_draw(folded)) > MAX_NODES:
        folded = _folded(trace_id, "service")
    view = GraphView(trace_id, folded, _nodes_to_draw(folded))
    if not view.shown:
        abort(503, "The collector is still working on this trace. Try again in a few seconds.")
    return render_template("trace-graph.html", view=view, **head)


@blueprint.get("/trace/<trace_id>/bill")
def bill(trace_id: str) -> str:
    """Show who pays for what of the trace, and what other traces did on its behalf."""
    head = _head(trace_id)
    payer = payers.payer_from(request.args)
    answer = ask_or_abort(f"/api/trace/{_hex_id(trace_id)}/bill", payer=payer)
    return render_template("trace-bill.html", view=BillView(answer), **head)


@blueprint.get("/trace/<trace_id>/span/<span_id>")
def span(trace_id: str, span_id: str) -> str:
    """Show everything stored about one span."""
    address = _span_address(span_id)
    detail = ask_or_abort(f"/api/trace/{_hex_id(trace_id)}/span/{address}")
    return render_template("span.html", span=detail, address=address, **_head(trace_id))


@blueprint.get("/trace/<trace_id>/route")
def route(trace_id: str) -> Response:
    """Lead to the route of a trace."""
    routes = ask("/api/routes", q=f"trace:{_hex_id(trace_id)}")["routes"]
    if not routes:
        abort(404, NO_SUCH_TRACE.format(trace_id))
    address = link("/route", service=routes[0]["service"], resource=routes[0]["resource"])
    return redirect(address)  # type: ignore[return-value]


def _head(trace_id: str) -> dict[str, Any]:
    """Return what the head of every page about a trace needs."""
    try:
        summary = ask(f"/api/trace/{_hex_id(trace_id)}/summary")
    except RefusedError as refusal:
        abort(404 if refusal.status == 404 else 400, NO_SUCH_TRACE.format(trace_id))
    known = services()
    own = {name: known[name] for name in summary["services"] if name in known}
    return {"trace_id": trace_id, "summary": summary, "services": own}


def _audit(trace_id: str) -> Answer:
    """Return what in the trace breaks a rule of the audit."""
    return ask_or_abort(f"/api/trace/{_hex_id(trace_id)}/audit")


def _about_rows(trace_id: str, what: str, column: str, spans: int) -> Answer | None:
    """Return `what` else the collector says about each span; None if that takes too long, or if
    its `column` is no longer about `spans` spans."""
    try:
        answer = ask(f"/api/trace/{_hex_id(trace_id)}/{what}")
    except CollectorError:
        return None
    return answer if len(answer[column]) == spans else None


def _folded(trace_id: str, by: str) -> Answer:
    return ask_or_abort("/api/graph", by=by, q=f"trace:{trace_id.lower()}")


def _nodes_to_draw(folded: Answer) -> set[str]:
    """Return the keys of the nodes to draw: all of a few, otherwise those that are not small."""
    nodes = folded["nodes"]
    return visible(nodes, folded["edges"], MIN_NODE_SHARE if len(nodes) > MAX_NODES else 0)


def _hex_id(text: str) -> str:
    """Return an id in lower case; end the request if it is not one."""
    if not _is_hex(text):
        abort(404, "A trace id has 32 hex digits and a span id 16; this address has neither.")
    return text.lower()


def _span_address(text: str) -> str:
    """Return a span's id in lower case, with its number if others have the same id: `….2`; end the
    request if it is none."""
    span_id, point, number = text.partition(".")
    if point and not (number.isascii() and number.isdigit()):
        abort(404, "After the id of a span comes a number: .2 is the second span with that id.")
    return _hex_id(span_id) + point + number


def _is_hex(text: str) -> bool:
    return 0 < len(text) <= TRACE_ID_DIGITS and not set(text.lower()) - set("0123456789abcdef")
