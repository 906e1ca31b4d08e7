"""The Route screen: one route over time, its findings, and how its requests flow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flask import Blueprint, render_template, request
from werkzeug.datastructures import MultiDict

from ui import payers
from ui.charts.timeline import Cell, Timeline, steps_with_traces, timeline
from ui.client import RefusedError
from ui.graph.drawing import Picture, draw
from ui.graph.flow_graph import flow_arrows, flow_nodes, strongest, visible
from ui.links import link, link_here
from ui.scope import Scope, scope_from
from ui.screen import Answer, ask, bad_query_page, scope_context
from ui.search_text import one_span, root_lasts
from ui.words.footnotes import Footnotes
from ui.words.labels import full_name

TABS = {"flow": "Flow graph", "tree": "Calling tree", "table": "Operations"}
MIN_SHARES = (0.0, 0.1, 1.0, 5.0)
"""The choices for the share of the critical path, in percent, below which nodes are hidden."""
MAX_NODES = 60
"""A graph with more nodes hides the small ones by default."""
MIN_NODES = 8
"""Nodes that hiding small ones by default must leave."""
MAX_EDGES = 400
"""Edges drawn; among more nobody could see a single one."""
MAX_PAID_SERVICES = 6
"""Services named in what the route pays for."""
SORTS = {
    "critical": "critical_mean",
    "self": "own_mean",
    "calls": "calls",
    "errors": "errors",
    "p50": "p50",
    "p95": "p95",
    "p99": "p99",
}
"""The columns that the table of operations can be sorted by: in the address, in the answer."""

blueprint = Blueprint("route", __name__)


@dataclass(frozen=True)
class RouteView:
    """One route (or all of them together) as the page shows it."""

    scope: Scope
    series: Answer
    """The answer of `/api/series`."""
    graph: Answer
    """The answer of `/api/graph`."""
    arguments: MultiDict[str, str]
    """The address's parameters."""
    pays: Answer | None = None
    """The answer of `/api/payers` about the route; None for all routes together."""
    tabs = TABS
    min_shares = MIN_SHARES

    @cached_property
    def notes(self) -> Footnotes:
        """How the numbers are computed."""
        pays = self.pays["how"] if self.pays else {}
        return Footnotes(series=self.series["how"], graph=self.graph["how"], payers=pays)

    @property
    def defers(self) -> bool:
        """Whether deferred work has to do with the route."""
        return self.pays is not None and bool(self.pays["deferred"])

    @property
    def payer_switch(self) -> list[payers.Position]:
        """The switch between trigger and submitter."""
        return payers.switch(payers.payer_from(self.arguments))

    @property
    def paid_services(self) -> list[tuple[str, float]]:
        """The services that the route pays for, with their shares, the most first."""
        bills = self.pays["bills"] if self.pays else []
        paid = {
            name: share["own_share"] for bill in bills for name, share in bill["services"].items()
        }
        return sorted(paid.items(), key=lambda item: -item[1])[:MAX_PAID_SERVICES]

    @cached_property
    def sheet(self) -> Timeline | None:
        """Rate, errors and durations over time as drawn; None without traces."""
        return timeline(self.series)

    @property
    def time_steps(self) -> list[Answer]:
        """The rows of the table that says what the sheet shows."""
        return steps_with_traces(self.series, self.sheet) if self.sheet else []

    @cached_property
    def traces(self) -> float:
        """The number of traces, each weighted by its sampling probability."""
        return float(sum(bucket["traces"] for bucket in self.series["buckets"]))

    @cached_property
    def errors(self) -> float:
        """The number of those with errors."""
        return float(sum(bucket["errors"] for bucket in self.series["buckets"]))

    @property
    def tab(self) -> str:
        """The tab that is open."""
        return _tab(self.arguments)

    @cached_property
    def min_share(self) -> float:
        """The share of the critical path, in percent, below which nodes are hidden."""
        chosen = self.arguments.get("hide", type=float)
        if chosen is not None and 0 <= chosen <= 100:
            return chosen
        return _default_min_share(self.graph)

    @cached_property
    def shown(self) -> set[str]:
        """The keys of the nodes that are shown."""
        return visible(self.graph["nodes"], self.graph["edges"], self.min_share / 100)

    @property
    def nodes(self) -> list[Answer]:
        """The nodes that are shown."""
        return [node for node in self.graph["nodes"] if node["key"] in self.shown]

    @property
    def hidden(self) -> int:
        """The number of nodes that are not shown."""
        return int(len(self.graph["nodes"]) - len(self.shown) + self.graph["left_out"])

    @cached_property
    def names(self) -> dict[str, str]:
        """The full name of every node, by its key."""
        return {node["key"]: _name(node) for node in self.graph["nodes"]}

    @cached_property
    def node(self) -> Answer | None:
        """The selected node, if there is one."""
        key = self.arguments.get("node", "")
        return next((node for node in self.graph["nodes"] if node["key"] == key), None)

    @cached_property
    def picture(self) -> Picture | None:
        """The flow graph as drawn; None in the other tabs."""
        if self.tab != "flow":
            return None
        key = self.arguments.get("node", "")
        min_cost = self.graph["mean"] / 100
        edges = strongest(self._edges, MAX_EDGES)
        return draw(
            flow_nodes(self.nodes, self._edges, self._node_link, key, min_cost),
            flow_arrows(edges, self.names, self._edge_link, self.graph["traces"]),
        )

    @property
    def undrawn_edges(self) -> int:
        """The number of edges that the flow graph leaves out."""
        return max(0, len(self._edges) - MAX_EDGES) + int(self.graph["edges_left_out"])

    @property
    def tree_lines(self) -> list[Answer]:
        """The lines of the calling tree, each with its node and the edge that leads to it."""
        nodes = {node["key"]: node for node in self.graph["nodes"]}
        edges = {edge["called"]: edge for edge in self.graph["edges"]}
        return [
            {**line, "node": nodes[line["key"]], "edge": edges.get(line["key"])}
            for line in self.graph["lines"]
            if line["key"] in self.shown
        ]

    @property
    def sort(self) -> str:
        """The column that operations are sorted by."""
        chosen = self.arguments.get("sort", "")
        return chosen if chosen in SORTS else "critical"

    @property
    def operations(self) -> list[Answer]:
        """The nodes as rows of a table, sorted."""
        column = SORTS[self.sort]
        return sorted(
            self.nodes, key=lambda node: -(node.get(column) or node["duration"].get(column, 0))
        )

    def route_link(self, route: Mapping[str, Any]) -> str:
        """Return the address of another route's screen."""
        where = {"service": route["service"], "resource": route["resource"]}
        payer = payers.in_address(payers.payer_from(self.arguments))
        return link("/route", **where, payer=payer, **self.scope.search_and_time)

    def cell_link(self, cell: Cell) -> str:
        """Return the address of the trace in a cell of the heat map, or of the list of traces if
        there are several."""
        if cell.kept == 1:
            return link(f"/trace/{cell.trace_id}")
        between = root_lasts(cell.low, cell.high)
        parameters = self.scope.traces(between, **self._within(cell.begin, cell.end))
        return link("/", **parameters, order="slowest")

    def bar_link(self, bar: Mapping[str, Any], *terms: str) -> str:
        """Return the address of the list of the traces in a bar, narrowed by more search terms."""
        parameters = self.scope.traces(root_lasts(bar["low"], bar["high"]), *terms)
        return link("/", **parameters, order="slowest")

    def step_link(self, begin: int, *terms: str) -> str:
        """Return the address of the list of the traces that start in a step of time."""
        times = self._within(begin, begin + self.series["step"])
        return link("/", **self.scope.traces(*terms, **times))

    def _within(self, begin: int, end: int) -> dict[str, str]:
        """Return the times of a link: the last step may reach beyond the time that was asked
        for."""
        last = int(self.scope.end or end)
        return {"begin": str(begin), "end": str(min(end, last))}

    def tab_link(self, tab: str) -> str:
        """Return the address of a tab."""
        return link_here(self.scope, "picture", tab=tab)

    def min_share_link(self, percent: float) -> str:
        """Return the address that hides nodes below a share of the critical path."""
        return link_here(self.scope, "picture", tab=self.tab, hide=f"{percent:g}")

    def sort_link(self, column: str) -> str:
        """Return the address that sorts operations by a column."""
        return link_here(self.scope, "picture", tab=self.tab, sort=column, hide=self._hide)

    def node_link(self, key: str) -> str:
        """Return the address that selects a node; with an empty key none is selected."""
        return link_here(self.scope, "selection", tab=self.tab, node=key, hide=self._hide)

    def node_traces_link(self, node: Mapping[str, Any]) -> str:
        """Return the address of the list of traces that have a node's operation."""
        return link("/", **self.scope.traces(_term(node)))

    @property
    def _hide(self) -> str:
        return self.arguments.get("hide", "")

    @cached_property
    def _edges(self) -> list[Answer]:
        """The edges between nodes that are shown."""
        shown = self.shown
        return [e for e in self.graph["edges"] if {e["caller"], e["called"]} <= shown]

    def _node_link(self, node: Mapping[str, Any]) -> str:
        return link_here(self.scope, "selection", node=node["key"], hide=self._hide)

    def _edge_link(self, edge: Mapping[str, Any]) -> str:
        by_key = {node["key"]: node for node in self.nodes}
        ends = [by_key[edge[end]] for end in ("caller", "called") if edge[end] in by_key]
        return link("/", **self.scope.traces(*(_term(end) for end in ends)))


@blueprint.get("/route")
def page() -> str | tuple[str, int]:
    """Show one route: over time, its durations, what was found, and how requests flow."""
    scope = scope_from(request.args)
    by = "path" if _tab(request.args) == "tree" else "operation"
    try:
        series = ask("/api/series", scope)
        graph = ask("/api/graph", scope, by=by)
        pays = None
        if scope.service or scope.resource:
            pays = ask("/api/payers", scope, payer=payers.payer_from(request.args))
    except RefusedError as refusal:
        return bad_query_page(scope, "/route", refusal)
    view = RouteView(scope, series, graph, request.args, pays)
    return render_template("route.html", view=view, **scope_context(scope))


def _tab(arguments: Mapping[str, str]) -> str:
    tab = arguments.get("tab", "")
    return tab if tab in TABS else "flow"


def _default_min_share(graph: Answer) -> float:
    """Return the smallest share that leaves a readable number of nodes; 0 if none does."""
    if len(graph["nodes"]) > MAX_NODES:
        for percent in MIN_SHARES[1:]:
            left = len(visible(graph["nodes"], graph["edges"], percent / 100))
            if MIN_NODES <= left <= MAX_NODES:
                return percent
    return 0.0


def _name(node: Mapping[str, Any]) -> str:
    return full_name(node["service"], node["name"], node["resource"])


def _term(node: Mapping[str, Any]) -> str:
    return one_span(node["service"], node["name"], node["resource"])
