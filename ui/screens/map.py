"""The map: which service calls which, how often, how well; who pays for whom; who needs whom."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, render_template, request

from ui.client import RefusedError
from ui.graph.drawing import Arrow, Node, Picture, draw
from ui.graph.flow_graph import edge_in_words, failing, node_in_words, thickness
from ui.graph.layout.edge_curves import Text
from ui.links import link
from ui.scope import Scope, scope
from ui.screens.routes import Answer, ask, here, surroundings, unreadable
from ui.words.footnotes import Notes
from ui.words.wording import duration, percent, rate

TEXT = Text(width=124.0, lines=2)
"""What stands on an edge: its rate and errors, and under it the durations."""
MOST_SERVICES = 8
"""Columns of the table of who pays for whom; what is left over shares one."""
VERDICTS = {
    "fails": "fails",
    "degrades": "answers worse",
    "unaffected": "does not notice",
    "unknown": "not known",
}

blueprint = Blueprint("map", __name__)


@blueprint.get("/map")
def page() -> str | tuple[str, int]:
    """The services of a set of traces; with `chosen` what one of them does and for whom."""
    wanted = scope(request.args)
    chosen = request.args.get("chosen", "")
    try:
        answer = ask("/api/map", wanted)
        known = chosen in answer["dependencies"]
        away = ask("/api/away", wanted, service=chosen) if known else None
    except RefusedError as refusal:
        return unreadable(wanted, "/map", refusal)
    how = {"map": answer["how"], "away": away["how"] if away else {}}
    return render_template(
        "map.html",
        answer=answer,
        away=away,
        chosen=chosen if known else "",
        verdicts=VERDICTS,
        notes=Notes(**how),
        picture=_picture(answer, wanted, chosen),
        columns=_columns(answer),
        rest=_rest,
        edges=sorted(answer["edges"], key=lambda edge: -edge["calls"]),
        edge_link=lambda edge: _edge_link(wanted, edge),
        chosen_link=lambda name: here(wanted, "chosen", chosen=name),
        unchosen=here(wanted, "picture"),
        route_link=lambda bill: link(
            "/route", service=bill["service"], resource=bill["resource"], **wanted.kept
        ),
        failing=failing,
        **surroundings(wanted),
    )


def _picture(answer: Answer, wanted: Scope, chosen: str) -> Picture:
    """The map drawn. Where a service is chosen, what it has nothing to do with is dimmed."""
    near = {chosen, *answer["dependencies"].get(chosen, ()), *answer["dependants"].get(chosen, ())}
    dimmed = set(answer["dependencies"]) - near if chosen in answer["dependencies"] else set()
    rates: dict[str, float] = {}
    for edge in answer["edges"]:
        rates[edge["called"]] = rates.get(edge["called"], 0.0) + edge["rate"]
    nodes = [
        Node(
            key=node["key"],
            service=node["service"],
            title=node["service"] or "(no name)",
            under=rate(rates.get(node["key"], 0.0)),
            left=f"p50 {duration(node['duration']['p50'])}",
            right=percent(node["critical_share"]),
            share=node["critical_share"],
            full=node_in_words(node),
            href=here(wanted, "chosen", chosen=node["key"]),
            failing=node["errors"] > 0,
            dim=node["key"] in dimmed,
            current=node["key"] == chosen,
        )
        for node in answer["nodes"]
    ]
    names = {node["key"]: node["service"] for node in answer["nodes"]}
    arrows = [
        Arrow(
            caller=edge["caller"],
            called=edge["called"],
            label=_said(edge),
            under=f"{duration(edge['duration']['p50'])} · {duration(edge['duration']['p95'])}",
            full=edge_in_words(edge, names) + f"; {rate(edge['rate'])}",
            href=_edge_link(wanted, edge),
            weight=thickness(edge, answer["traces"]),
            failing=edge["errors"] > 0,
            dim=bool({edge["caller"], edge["called"]} & dimmed),
        )
        for edge in answer["edges"]
    ]
    return draw(nodes, arrows, text=TEXT)


def _said(edge: Mapping[str, Any]) -> str:
    often = rate(edge["rate"])
    return f"{often} ◆ {percent(failing(edge))}" if edge["errors"] else often


def _edge_link(wanted: Scope, edge: Mapping[str, Any]) -> str:
    """The traces in which that call was made."""
    return link("/", **wanted.traces(edge["q"]))


def _columns(answer: Answer) -> list[str]:
    """The services with columns of their own: those with most time on the critical path."""
    return [node["service"] for node in answer["nodes"][:MOST_SERVICES]]


def _rest(bill: Mapping[str, Any], columns: list[str]) -> dict[str, float]:
    """What the other services add up to on one bill."""
    others = [share for name, share in bill["services"].items() if name not in columns]
    return {key: sum(share[key] for share in others) for key in ("critical", "share", "own")}
