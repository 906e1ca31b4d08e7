"""The screens about routes: what is asked of the system, and what happens when it is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from flask import Blueprint, Response, abort, current_app, redirect, render_template, request

from ui import service_marks
from ui.charts.timeline import Cell, moments, timeline
from ui.client import Collector, RefusedError
from ui.graph.drawing import Picture, draw
from ui.graph.flow_graph import failing, flow_arrows, flow_nodes, strongest, visible
from ui.links import link
from ui.scope import WINDOWS, Scope, one_span, scope
from ui.screens import course
from ui.words.footnotes import Notes
from ui.words.labels import operation

TABS = {"flow": "Flow graph", "tree": "Calling tree", "table": "Operations"}
LEAST = (0.0, 0.1, 1.0, 5.0)
"""Shares of the critical path, in percent, below which nodes can be hidden."""
MANY = 60
"""A graph with more nodes hides the small ones unless told otherwise, …"""
FEW = 8
"""… or unless too few would be left to be a picture of anything."""
MOST_EDGES = 400
"""Edges drawn: of more nobody sees the single one."""
HEX = re.compile(r"[0-9a-fA-F]{1,32}")
SORTS: dict[str, str] = {
    "critical": "critical_mean",
    "self": "own_mean",
    "calls": "calls",
    "errors": "errors",
    "p50": "p50",
    "p95": "p95",
    "p99": "p99",
}

blueprint = Blueprint("route", __name__)
Answer = dict[str, Any]


@blueprint.get("/routes")
def routes() -> str | tuple[str, int]:
    """Every route with its rate, errors and durations, those that take most time first."""
    wanted = scope(request.args)
    try:
        answer = ask("/api/routes", wanted)
    except RefusedError as refusal:
        return unreadable(wanted, "/routes", refusal)
    return render_template(
        "routes.html",
        answer=answer,
        notes=Notes(routes=answer["how"]),
        link_to=lambda each: link(
            "/route", service=each["service"], resource=each["resource"], **wanted.kept
        ),
        failing=failing,
        **surroundings(wanted),
    )


@blueprint.get("/route")
def route() -> str | tuple[str, int]:
    """One route: over time, its durations, what was found, and how requests flow."""
    wanted = scope(request.args)
    tab = request.args.get("tab", "")
    tab = tab if tab in TABS else "flow"
    by = "path" if tab == "tree" else "operation"
    try:
        series = ask("/api/series", wanted)
        graph = ask("/api/graph", wanted, by=by)
    except RefusedError as refusal:
        return unreadable(wanted, "/route", refusal)
    least = _least(graph)
    shown = visible(graph["nodes"], graph["edges"], least / 100)
    names = {each["key"]: _name(each) for each in graph["nodes"]}
    node = request.args.get("node", "")
    sheet = timeline(series)
    return render_template(
        "route.html",
        series=series,
        graph=graph,
        notes=Notes(series=series["how"], graph=graph["how"]),
        sheet=sheet,
        moments=moments(series, sheet) if sheet else [],
        traces=sum(bucket["traces"] for bucket in series["buckets"]),
        errors=sum(bucket["errors"] for bucket in series["buckets"]),
        cell_link=lambda cell: _cell_link(wanted, cell),
        tab=tab,
        tabs=TABS,
        tab_link=lambda name: here(wanted, tab=name),
        least=least,
        levels=LEAST,
        least_link=lambda each: here(wanted, tab=tab, hide=f"{each:g}"),
        hidden=len(graph["nodes"]) - len(shown) + graph["left_out"],
        shown=shown,
        picture=_picture(graph, shown, wanted, node) if tab == "flow" else None,
        undrawn=max(0, len(_edges(graph, shown)) - MOST_EDGES) if tab == "flow" else 0,
        lines=_lines(graph, shown) if tab == "tree" else [],
        rows=_rows(graph, shown) if tab == "table" else [],
        sort=_sort(),
        sort_link=lambda name: here(wanted, tab=tab, sort=name, hide=request.args.get("hide", "")),
        names=names,
        node=next((each for each in graph["nodes"] if each["key"] == node), None),
        node_link=lambda key: here(
            wanted, tab=tab, node=key, hide=request.args.get("hide", ""), at="selection"
        ),
        node_traces=lambda each: link("/", **wanted.traces(_term(each))),
        failing=failing,
        **surroundings(wanted),
    )


@blueprint.get("/trace/<trace_id>/route")
def of_trace(trace_id: str) -> Response:
    """Where the route of a trace is shown."""
    collector: Collector = current_app.extensions["collector"]
    if not HEX.fullmatch(trace_id):
        abort(404, "A trace's id is 32 hex digits; this address holds something else.")
    found = collector.get("/api/routes", q=f"trace:{trace_id}")["routes"]
    if not found:
        abort(404, f"No trace {trace_id} is stored. It may be older than what is kept.")
    address = link("/route", service=found[0]["service"], resource=found[0]["resource"])
    return redirect(address)  # type: ignore[return-value]


def ask(path: str, wanted: Scope, **more: object) -> Answer:
    """The collector's answer about a set of traces. Raises RefusedError."""
    collector: Collector = current_app.extensions["collector"]
    return dict(collector.get(path, **wanted.asked, **more))


def surroundings(wanted: Scope) -> dict[str, object]:
    """What every screen about a set of traces shows besides."""
    collector: Collector = current_app.extensions["collector"]
    return {
        "scope": wanted,
        "windows": list(WINDOWS),
        "services": service_marks.known(collector),
        "lessons": {lesson.number for lesson in course.lessons()},
        "stored": collector.get("/stats")["stored"]["traces"],
    }


def unreadable(wanted: Scope, action: str, refusal: RefusedError) -> tuple[str, int]:
    """The page for a search that the collector could not read, with the search still in its box."""
    page = render_template(
        "bad-query.html", complaint=str(refusal), action=action, **surroundings(wanted.readable)
    )
    return page, 400


def here(wanted: Scope, at: str = "picture", **more: str) -> str:
    """An address of the screen that is shown, with other adjustments."""
    return link(request.path, **{**wanted.named, **more}) + f"#{at}"


def _least(graph: Answer) -> float:
    asked = request.args.get("hide", type=float)
    if asked is not None and 0 <= asked <= 100:
        return asked
    if len(graph["nodes"]) > MANY:
        for least in LEAST[1:]:
            left = len(visible(graph["nodes"], graph["edges"], least / 100))
            if FEW <= left <= MANY:
                return least
    return 0.0


def _sort() -> str:
    asked = request.args.get("sort", "")
    return asked if asked in SORTS else "critical"


def _cell_link(wanted: Scope, cell: Cell) -> str:
    """The trace in a cell of the heat map; the list of them where there are several."""
    if cell.traces <= 1:
        return link(f"/trace/{cell.trace_id}")
    between = f"duration:>{cell.low:.0f}ns duration:<={cell.high:.0f}ns"
    found = wanted.traces(between, begin=str(cell.begin), end=str(cell.end))
    return link("/", **found, order="slowest")


def _picture(graph: Answer, shown: set[str], wanted: Scope, current: str) -> Picture:
    nodes = [each for each in graph["nodes"] if each["key"] in shown]
    by_key = {each["key"]: each for each in nodes}
    names = {key: _name(each) for key, each in by_key.items()}
    hide = request.args.get("hide", "")
    edges = _edges(graph, shown)

    def node_link(node: Mapping[str, Any]) -> str:
        return here(wanted, "selection", node=node["key"], hide=hide)

    def edge_link(edge: Mapping[str, Any]) -> str:
        ends = [by_key[edge[end]] for end in ("caller", "called") if edge[end] in by_key]
        return link("/", **wanted.traces(*(_term(end) for end in ends)))

    return draw(
        flow_nodes(nodes, edges, node_link, current, worth=graph["mean"] / 100),
        flow_arrows(strongest(edges, MOST_EDGES), names, edge_link, graph["traces"]),
    )


def _edges(graph: Answer, shown: set[str]) -> list[Answer]:
    """The edges between nodes that are shown."""
    return [edge for edge in graph["edges"] if {edge["caller"], edge["called"]} <= shown]


def _lines(graph: Answer, shown: set[str]) -> Iterable[Answer]:
    """The calling tree, each line with its node."""
    nodes = {each["key"]: each for each in graph["nodes"]}
    edges = {edge["called"]: edge for edge in graph["edges"]}
    return [
        {**line, "node": nodes[line["key"]], "edge": edges.get(line["key"])}
        for line in graph["lines"]
        if line["key"] in shown
    ]


def _rows(graph: Answer, shown: set[str]) -> list[Answer]:
    column = SORTS[_sort()]
    rows = [each for each in graph["nodes"] if each["key"] in shown]
    return sorted(rows, key=lambda each: -(each.get(column) or each["duration"].get(column, 0)))


def _name(node: Mapping[str, Any]) -> str:
    return operation(node["service"], node["name"], node["resource"])


def _term(node: Mapping[str, Any]) -> str:
    return one_span(node["service"], node["name"], node["resource"])
