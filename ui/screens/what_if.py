"""The What if screen: the stored traces replayed as if something were faster, or a service down."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request

from ui.charts.distribution import Distribution, distribution
from ui.client import RefusedError
from ui.graph.drawing import Node, Picture, draw
from ui.graph.flow_graph import flow_arrows, flow_nodes, visible
from ui.links import link
from ui.scope import WINDOWS, Scope, route_from_form, scope_from
from ui.screen import Answer, ask, search_notes, services, stored_traces
from ui.search_notes import Complaint, complaint_from
from ui.what_if_change import WAYS, Change, Operation, change_from_answer, changes_from_form
from ui.words.footnotes import Footnotes
from ui.words.labels import full_name, titles
from ui.words.verdicts import OUTAGE_SIGNS, OUTAGES

MAX_ROWS = 12
"""Operations shown at first, in addition to those that are changed."""
MIN_NODE_SHARE = 0.005
"""Share of the critical path below which a node of the graph is left out."""
MAX_NODE_TITLE_CHARACTERS = 24
"""Length of a node's title where only its end distinguishes it from others."""
ALL_ROUTES = "1"
"""`all` in the address: every route, instead of the one that takes the most time."""
OWN_PARAMETERS = {"service", "q", "last", "from", "to", "change", "all"}
"""Parameters that say what is asked; without any of them the busiest route is."""

NO_TRACES = "No stored trace matches, so there is nothing to predict from."

blueprint = Blueprint("what_if", __name__)


@dataclass(frozen=True)
class Row:
    """An operation and what is changed about it."""

    operation: Operation
    measured: Answer | None
    """The collector's figures; None if these traces do not have the operation."""
    change: Change | None

    @property
    def names(self) -> dict[str, str]:
        """Service, name and resource."""
        return dict(zip(("service", "name", "resource"), self.operation, strict=True))

    @property
    def full_name(self) -> str:
        """The operation in full."""
        return full_name(*self.operation)

    @property
    def key(self) -> str:
        """The operation as the form sends it."""
        return json.dumps(self.operation, ensure_ascii=False)

    @property
    def ways(self) -> list[str]:
        """The changes that can be made to it."""
        ways = list(self.measured["ways"]) if self.measured else []
        if self.change and self.change.way not in ways:
            ways.append(self.change.way)
        return ways


@dataclass(frozen=True)
class WhatIfView:
    """A prediction and what it was made from."""

    scope: Scope
    answer: Answer
    """The answer of `/api/what-if`."""
    graph: Answer | None = None
    """The answer of `/api/graph`; None where only the prediction is shown."""
    outage: Answer | None = None
    """The answer of `/api/away` about the service that is assumed down."""
    ways = WAYS
    verdicts = OUTAGES
    signs = OUTAGE_SIGNS

    @cached_property
    def notes(self) -> Footnotes:
        """How the numbers are computed."""
        return Footnotes(whatif=self.answer["how"], away=self.outage["how"] if self.outage else {})

    @cached_property
    def changes(self) -> list[Change]:
        """The changes that the prediction assumes."""
        return [change_from_answer(change) for change in self.answer["changes"]]

    def has_way(self, way: str) -> bool:
        """Tell whether one of the changes is of that kind."""
        return any(change.way == way for change in self.changes)

    @cached_property
    def title(self) -> Callable[[Mapping[str, Any]], str]:
        """A function that returns an operation's title."""
        return titles([*self.answer["operations"], *self.answer["changes"]])

    @cached_property
    def distribution(self) -> Distribution:
        """The durations now and then over the same bars."""
        bars = self.answer["histograms"]
        return distribution(bars["bars"], bars["measured"], bars["predicted"])

    @cached_property
    def rows(self) -> list[Row]:
        """The operations shown at first: the most critical, and all that are changed."""
        return [row for index, row in enumerate(self._all_rows) if self._at_first(index)]

    @cached_property
    def more_rows(self) -> list[Row]:
        """The other operations."""
        return [row for index, row in enumerate(self._all_rows) if not self._at_first(index)]

    @cached_property
    def picture(self) -> Picture | None:
        """The flow graph as drawn: each node leads to its row, and says what is changed about it.
        None without a graph."""
        if not self.graph or not self.graph["nodes"]:
            return None
        shown = visible(self.graph["nodes"], self.graph["edges"], MIN_NODE_SHARE)
        nodes = [node for node in self.graph["nodes"] if node["key"] in shown]
        names = {node["key"]: full_name(*_operation(node)) for node in nodes}
        title = titles(nodes, MAX_NODE_TITLE_CHARACTERS)
        drawn = [
            self._changed(replace(box, title=title(node)), _operation(node))
            for node, box in zip(
                nodes, flow_nodes(nodes, self.graph["edges"], self._row_link), strict=True
            )
        ]
        return draw(drawn, flow_arrows(self.graph["edges"], names, lambda _: ""))

    @property
    def compare_link(self) -> str:
        """The address that compares the route's deploys."""
        return link("/compare", service=self.scope.service, resource=self.scope.resource)

    @property
    def without_changes_link(self) -> str:
        """The address of the same traces without any change."""
        return link("/what-if", **_scope_parameters(self.scope))

    @cached_property
    def _all_rows(self) -> list[Row]:
        """All operations, the most critical first, then changed ones that these traces lack."""
        changes = {change.operation: change for change in self.changes}
        rows = [
            Row(_operation(measured), measured, changes.pop(_operation(measured), None))
            for measured in self.answer["operations"]
        ]
        return rows + [Row(operation, None, change) for operation, change in changes.items()]

    def _at_first(self, index: int) -> bool:
        return index < MAX_ROWS or self._all_rows[index].change is not None

    @cached_property
    def _row_indexes(self) -> dict[Operation, int]:
        return {row.operation: index for index, row in enumerate([*self.rows, *self.more_rows])}

    def _row_link(self, node: Mapping[str, Any]) -> str:
        index = self._row_indexes.get(_operation(node))
        return "" if index is None else f"#op-{index}"

    def _changed(self, node: Node, operation: Operation) -> Node:
        """Return the node, marked if its operation is changed."""
        change = next((c for c in self.changes if c.operation == operation), None)
        if change is None:
            return node
        full = f"{node.full}; what if: {change.words}"
        return replace(node, right=change.mark, current=True, full=full)


@blueprint.get("/what-if")
def page() -> str | Response | tuple[str, int]:
    """Show the prediction for the changes in the address, by default for the busiest route."""
    scope = scope_from(request.args)
    if not request.args.keys() & OWN_PARAMETERS and (address := _busiest_route()):
        return redirect(address)  # type: ignore[return-value]
    down = request.args.get("away", "")
    every_route = replace(scope, service="", resource="")
    try:
        view = WhatIfView(
            scope,
            ask("/api/what-if", scope, change=request.args.getlist("change")),
            ask("/api/graph", scope, by="operation"),
            ask("/api/away", every_route, service=down) if down else None,
        )
    except RefusedError as refusal:
        return _page(scope, None, complaint_from(refusal)), 400
    return _page(scope, view)


@blueprint.get("/what-if/answer")
def prediction() -> str | tuple[str, int]:
    """Show only the prediction; `static/js/what-if.js` replaces that part of the page."""
    scope = scope_from(request.args)
    try:
        answer = ask("/api/what-if", scope, change=request.args.getlist("change"))
    except RefusedError as refusal:
        return render_template("what-if-prediction.html", complaint=str(refusal)), refusal.status
    if not answer["count"]:
        return render_template("what-if-prediction.html", complaint=NO_TRACES), 404
    view = WhatIfView(scope, answer)
    return render_template("what-if-parts.html", view=view, scope=scope, complaint="")


@blueprint.get("/what-if/choose")
def choose() -> Response:
    """Lead from the form to the address of the changes that its rows describe."""
    form = request.args
    scope = scope_from(form)
    if "route" in form:
        service, resource = route_from_form(form["route"])
        scope = replace(scope, service=service, resource=resource)
    changes = changes_from_form(form.getlist("op"), form.getlist("way"), form.getlist("by"))
    address = link(
        "/what-if",
        **_scope_parameters(scope),
        change=[change.json() for change in changes],
        away=form.get("away", ""),
    )
    return redirect(address)  # type: ignore[return-value]


def _page(scope: Scope, view: WhatIfView | None, complaint: Complaint | None = None) -> str:
    found = ask("/api/routes")
    return render_template(
        "what-if.html",
        view=view,
        scope=scope,
        complaint=complaint,
        notes=search_notes(scope.q),
        windows=list(WINDOWS),
        routes=found["routes"],
        routes_left_out=found["left_out"],
        services=services(),
        stored=stored_traces(),
    )


def _busiest_route() -> str:
    """Return the address about the route that takes the most time; empty if there is none."""
    routes = ask("/api/routes")["routes"]
    if not routes:
        return ""
    return link("/what-if", service=routes[0]["service"], resource=routes[0]["resource"])


def _scope_parameters(scope: Scope) -> dict[str, str]:
    return scope.parameters or {"all": ALL_ROUTES}


def _operation(names: Mapping[str, Any]) -> Operation:
    return names["service"], names["name"], names["resource"]
