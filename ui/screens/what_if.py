"""What if something were faster, or away? The stored traces played again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, Response, current_app, redirect, render_template, request

from ui import form_lists, service_marks
from ui.charts.distribution import Distribution, distribution
from ui.client import Collector, RefusedError
from ui.graph.drawing import Picture, draw
from ui.graph.flow_graph import flow_arrows, flow_nodes, visible
from ui.links import link
from ui.scope import WINDOWS, Scope, scope
from ui.screens.map import VERDICTS
from ui.words.changes import WAYS, Change, Operation, composed, echoed
from ui.words.footnotes import Notes
from ui.words.labels import operation
from ui.words.titles import titles

FIRST = 12
"""Operations shown at once, with all that are changed."""
SMALL = 0.005
"""Share of the critical path below which a node of the graph is left out."""
NARROW = 24
"""Letters of a node's title, where only its end tells it from another."""
MARKS = {"fails": "◆", "degrades": "◐", "unaffected": "○", "unknown": "?"}

NOTHING = "No stored trace matches, so there is nothing to predict from."

blueprint = Blueprint("whatif", __name__)
Answer = dict[str, Any]


@dataclass(frozen=True)
class Row:
    """An operation and what is done to it."""

    operation: Operation
    found: Answer | None
    """What the collector says of it, None where these traces don't have it."""
    change: Change | None

    @property
    def names(self) -> dict[str, str]:
        """Its names by what they are."""
        return dict(zip(("service", "name", "resource"), self.operation, strict=True))

    @property
    def key(self) -> str:
        """As the form sends it."""
        return json.dumps(self.operation, ensure_ascii=False)

    @property
    def ways(self) -> list[str]:
        """What can be chosen for it."""
        ways = list(self.found["ways"]) if self.found else []
        return ways + [each.way for each in [self.change] if each and each.way not in ways]


@blueprint.get("/what-if")
def page() -> str | Response | tuple[str, int]:
    """The prediction for the changes in the address; without a route, of the busiest one."""
    wanted = scope(request.args)
    if not request.args.keys() & {"service", "q", "last", "from", "to", "change", "all"}:
        found = _ask("/api/routes", {})["routes"]
        if found:
            route = {"service": found[0]["service"], "resource": found[0]["resource"]}
            return redirect(link("/what-if", **route))  # type: ignore[return-value]
    texts = request.args.getlist("change")
    try:
        answer = _ask("/api/what-if", wanted.asked, change=texts)
        graph = _ask("/api/graph", wanted.asked, by="operation")
        away = request.args.get("away", "")
        whole = replace(wanted, service="", resource="")
        outcomes = _ask("/api/away", whole.asked, service=away) if away else None
    except RefusedError as refusal:
        return _page(wanted, complaint=str(refusal)), 400
    rows, more = _rows(answer)
    changed = [row.change for row in rows if row.change]
    notes = Notes(whatif=answer["how"], away=outcomes["how"] if outcomes else {})
    return _page(
        wanted,
        notes=notes,
        rows=rows,
        more=more,
        picture=_picture(graph, [*rows, *more]) if graph["nodes"] else None,
        away=outcomes,
        **_predicted(answer, changed, wanted),
    )


@blueprint.get("/what-if/answer")
def prediction() -> str | tuple[str, int]:
    """Only the prediction, for a page that has the rest; `static/js/what-if.js` asks for it."""
    wanted = scope(request.args)
    try:
        answer = _ask("/api/what-if", wanted.asked, change=request.args.getlist("change"))
    except RefusedError as refusal:
        return render_template("what-if-answer.html", complaint=str(refusal)), refusal.status
    if not answer["count"]:
        return render_template("what-if-answer.html", complaint=NOTHING), 404
    changed = [echoed(change) for change in answer["changes"]]
    return render_template(
        "what-if-parts.html",
        complaint="",
        notes=Notes(whatif=answer["how"]),
        **_predicted(answer, changed, wanted),
    )


@blueprint.get("/what-if/choose")
def choose() -> Response:
    """Where the form goes: the changes that its rows stand for."""
    given = request.args
    wanted = scope(given)
    if "route" in given:
        wanted = replace(wanted, **_route(given["route"]))
    changes = composed(given.getlist("op"), given.getlist("way"), given.getlist("by"))
    return redirect(  # type: ignore[return-value]
        link(
            "/what-if",
            **wanted.named,
            all="" if wanted.named else "1",
            change=[change.json() for change in changes],
            away=given.get("away", ""),
        )
    )


def _route(text: str) -> dict[str, str]:
    """A route as the form's list writes it, `["web", "GET /pair/beer"]`."""
    service, resource = form_lists.texts(text, 2) or ("", "")
    return {"service": service, "resource": resource}


def _ask(path: str, wanted: Mapping[str, str], **more: object) -> Answer:
    collector: Collector = current_app.extensions["collector"]
    return dict(collector.get(path, **wanted, **more))


def _page(wanted: Scope, **more: object) -> str:
    collector: Collector = current_app.extensions["collector"]
    return render_template(
        "what-if.html",
        windows=list(WINDOWS),
        routes=_ask("/api/routes", {})["routes"],
        services=service_marks.known(collector),
        stored=collector.get("/stats")["stored"]["traces"],
        ways=WAYS,
        verdicts=VERDICTS,
        marks=MARKS,
        operation=operation,
        **{"scope": wanted, "unchanged": link("/what-if"), "answer": None, "complaint": "", **more},
    )


def _predicted(answer: Answer, changed: Sequence[Change], wanted: Scope) -> Answer:
    """What the prediction itself shows."""
    return {
        "answer": answer,
        "scope": wanted,
        "changed": changed,
        "title": titles([*answer["operations"], *answer["changes"]]),
        "shape": _shape(answer),
        "names": {"a": "now", "b": "then"},
        "compare_link": link("/compare", service=wanted.service, resource=wanted.resource),
        "unchanged": link("/what-if", **wanted.named, all="" if wanted.named else "1"),
    }


def _shape(answer: Answer) -> Distribution:
    found = answer["histograms"]
    return distribution(found["bars"], found["measured"], found["predicted"])


def _rows(answer: Answer) -> tuple[list[Row], list[Row]]:
    """Operations with their changes, most critical first: what is shown at once, and the rest."""
    changes = {change.operation: change for change in map(echoed, answer["changes"])}
    rows = []
    for found in answer["operations"]:
        of = found["service"], found["name"], found["resource"]
        rows.append(Row(of, found, changes.pop(of, None)))
    rows += [Row(of, None, change) for of, change in changes.items()]
    shown = [row for at, row in enumerate(rows) if at < FIRST or row.change]
    return shown, [row for row in rows if row not in shown]


def _picture(graph: Answer, rows: Sequence[Row]) -> Picture:
    """The flow graph; a node leads to its row, and says what is done to it."""
    places = {row.operation: at for at, row in enumerate(rows)}
    changes = {row.operation: row.change for row in rows if row.change}
    shown = visible(graph["nodes"], graph["edges"], SMALL)
    nodes = [node for node in graph["nodes"] if node["key"] in shown]
    names = {node["key"]: operation(*_of(node)) for node in nodes}

    def row_link(node: Mapping[str, Any]) -> str:
        return f"#op-{places[_of(node)]}" if _of(node) in places else ""

    title = titles(nodes, NARROW)
    drawn = [
        replace(each, title=title(node))
        for node, each in zip(nodes, flow_nodes(nodes, graph["edges"], row_link), strict=True)
    ]
    by_key = {node["key"]: changes.get(_of(node)) for node in nodes}
    marked = [
        replace(node, right=change.mark, current=True, full=f"{node.full} What if: {change.words}")
        if (change := by_key[node.key])
        else node
        for node in drawn
    ]
    return draw(marked, flow_arrows(graph["edges"], names, lambda _: ""))


def _of(node: Mapping[str, Any]) -> Operation:
    return node["service"], node["name"], node["resource"]
