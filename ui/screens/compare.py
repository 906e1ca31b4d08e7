"""Any two sets of traces side by side, two deploys by default: what changed, and where it comes
from, to the nanosecond."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, current_app, redirect, render_template, request

from ui import form_lists, service_marks
from ui.charts.distribution import distribution
from ui.client import Collector, RefusedError
from ui.compare.attribution import waterfall
from ui.compare.moved_paths import with_moves
from ui.compare.path_outline import outline
from ui.compare.trace_sets import Route, Side, composed, deploy, side
from ui.links import link
from ui.scope import exactly
from ui.words.footnotes import Notes
from ui.words.titles import titles
from ui.words.wording import three_digits

VIEWS = {"": "Over each other", "beside": "Side by side"}
FIELDS = {"service": "service", "operation": "name", "resource": "resource"}
"""What the search language calls the attributes that are not tags."""
PERCENTILES = ("p50", "p95", "p99")
ENOUGH = 20
"""Traces that a verdict asks for on either side."""

blueprint = Blueprint("compare", __name__)
Answer = dict[str, Any]


@blueprint.get("/compare")
def page() -> str | Response | tuple[str, int]:
    """The comparison that the address asks for; without one, that of the two newest deploys."""
    if not _asked(request.args):
        if (found := _by_default()) is None:
            return _not_yet()
        return redirect(found)  # type: ignore[return-value]
    route = Route(request.args.get("service", ""), request.args.get("resource", ""))
    a, b = side("a", request.args), side("b", request.args)
    try:
        answer = _ask("/api/compare", **route.asked, **a.given, **b.given)
    except RefusedError as refusal:
        return _page(route, a.readable, b.readable, complaint=str(refusal)), 400
    if not (answer["count_a"] and answer["count_b"]):
        return _page(route, a, b, answer=answer)
    return _page(route, a, b, answer=answer, **_drawn(answer, route, a, b))


@blueprint.get("/compare/choose")
def choose() -> Response:
    """Where the form goes: the comparison that its fields stand for."""
    route = _chosen_route(request.args.get("route", ""))
    a, b = (composed(letter, request.args) for letter in "ab")
    if "swap" in request.args:
        a, b = Side("a", b.q, b.begin, b.end), Side("b", a.q, a.begin, a.end)
    return redirect(address(route, a, b, view=request.args.get("view", "")))  # type: ignore[return-value]


def address(route: Route, a: Side, b: Side, **more: str) -> str:
    """The screen for two sets of a route."""
    return link("/compare", **route.given, **a.given, **b.given, **more)


def _asked(given: Mapping[str, str]) -> bool:
    return any(given.get(f"{letter}_{name}") for letter in "ab" for name in ("q", "from", "to"))


def _ask(path: str, **parameters: object) -> Answer:
    collector: Collector = current_app.extensions["collector"]
    return dict(collector.get(path, **parameters))


def _by_default() -> str | None:
    """The address that compares the newest deploy with the one before it, of the route asked for or
    else the one that takes most time; None where there are no two."""
    route = _route()
    deploys = _ask("/api/deploys", **route.asked)["deploys"]
    if len(deploys) < 2:
        return None
    new, old = (deploy(each["version"]) for each in deploys[:2])
    return address(route, Side("a", old), Side("b", new), view=request.args.get("view", ""))


def _route() -> Route:
    route = Route(request.args.get("service", ""), request.args.get("resource", ""))
    if route:
        return route
    found = _ask("/api/routes")["routes"]
    return Route(found[0]["service"], found[0]["resource"]) if found else Route()


def _chosen_route(text: str) -> Route:
    """A route as the form's list writes it, `["web", "GET /pair/beer"]`."""
    return Route(*(form_lists.texts(text, 2) or ()))


def _not_yet() -> str:
    """There are no two deploys: how to get a second one, and what else can be compared."""
    route = _route()
    return _page(route, Side("a"), Side("b"), lacking=True)


def _page(route: Route, a: Side, b: Side, **more: object) -> str:
    collector: Collector = current_app.extensions["collector"]
    routes = _ask("/api/routes")["routes"]
    deploys = _ask("/api/deploys", **route.asked)
    return render_template(
        "compare.html",
        route=route,
        sides=(a, b),
        routes=routes,
        deploys=deploys["deploys"],
        known_route=any(Route(each["service"], each["resource"]) == route for each in routes),
        ways=_ways(route, routes, deploys),
        view=_view(),
        services=service_marks.known(collector),
        stored=collector.get("/stats")["stored"]["traces"],
        **{"answer": None, "complaint": "", "lacking": False, **more},
    )


def _view() -> str:
    return "beside" if request.args.get("view") == "beside" else ""


def _drawn(answer: Answer, route: Route, a: Side, b: Side) -> Answer:
    """What the page shows of an answer."""
    bounds = answer["a"]["histogram"]
    heights = [[bar["traces"] for bar in answer[each]["histogram"]] for each in "ab"]
    all_paths = request.args.get("paths") == "all"
    return {
        "notes": Notes(compare=answer["how"]),
        "lines": _lines(answer),
        "causes": [each for each in with_moves(answer["shifts"]) if each["verdict"] == "changed"][
            :3
        ],
        "attributes": grouped(answer["attributes"]),
        "chart": waterfall(answer),
        "shape": distribution(bounds, *heights),
        "outline": outline(answer["shifts"], len(answer["shifts"]) if all_paths else 40),
        "all_paths": all_paths,
        "typical": next((each for each in answer["shifts"] if each["depth"] == 0), None),
        "view_link": lambda name: address(route, a, b, view=name) + "#shape",
        "paths_link": address(route, a, b, view=_view(), paths="all") + "#paths",
        "traces_link": lambda side, *more: link("/", **side.traces(route, *more)),
        "term": _term,
        "title": titles(answer["shifts"]),
        "in_words": _in_words,
    }


def _lines(answer: Answer) -> Sequence[tuple[str, str, float | None, float | None]]:
    """The table at the top: a name, the note about it, A's and B's value."""
    lines = [("mean", "difference", answer["a"]["mean"], answer["b"]["mean"])]
    for name in PERCENTILES:
        lines.append((name, "duration", *(answer[each]["duration"][name] for each in "ab")))
    return lines


def grouped(rows: Sequence[Answer]) -> list[Answer]:
    """Attributes with their values: those of one attribute that are as common share a row."""
    groups: dict[tuple[object, ...], Answer] = {}
    for row in rows:
        alike = row["attribute"], row["share_a"], row["share_b"], row["verdict"]
        groups.setdefault(alike, {**row, "others": []})["others"].append(row["value"])
    for group in groups.values():
        del group["others"][0]
    return list(groups.values())


def _in_words(shift: Mapping[str, Any]) -> str:
    """Where a path is, and how often it is called."""
    calls_a, calls_b = (three_digits(shift[f"calls_{each}"]) for each in "ab")
    how_often = {
        "moved": f"moved, {calls_b} ×",
        "added": f"only in B, {calls_b} ×",
        "removed": f"only in A, {calls_a} ×",
        "same": f"{calls_b} ×",
    }.get(shift["structure"], f"{calls_a} → {calls_b} ×")
    if shift["structure"] == "moved" and calls_a != calls_b:
        how_often = f"moved, {calls_a} → {calls_b} ×"
    caller = f", in {shift['path'][-2]}" if len(shift["path"]) > 1 else ""
    return f"{how_often}{caller}"


def _term(row: Mapping[str, Any]) -> str:
    """A search for the traces with an attribute's value; empty where none could be written."""
    attribute, value = FIELDS.get(row["attribute"], row["attribute"]), row["value"]
    writable = attribute and not set(attribute) & set(' \t\n"(){}:') and 0 < len(value) <= 1000
    return f"{attribute}:{exactly(value)}" if writable else ""


def _ways(route: Route, routes: Sequence[Answer], deploys: Answer) -> list[tuple[str, str]]:
    """What can be compared at a click."""
    ways = []
    if len(deploys["deploys"]) > 1:
        ways.append(("the two newest deploys", link("/compare", **route.given)))
    here = (route.service, route.resource)
    found = next((each for each in routes if (each["service"], each["resource"]) == here), None)
    if found and found["duration"]["p95"]:
        rare = found["traces"] >= ENOUGH / 0.05
        name, border = ("p95", "the slowest 5 %") if rare else ("p50", "the slower half")
        ns = found["duration"][name]
        others = "the others" if rare else "the faster half"
        pair = Side("a", f"duration:<={ns}ns"), Side("b", f"duration:>{ns}ns")
        ways.append((f"{others} and {border}", address(route, *pair)))
    if found and found["errors"]:
        pair = Side("a", "error:0"), Side("b", "error:1")
        ways.append(("traces without and with an error", address(route, *pair)))
    sample = deploys["sample"]
    if sample["oldest"] and sample["oldest"] != sample["newest"]:
        middle = str((int(sample["oldest"]) + int(sample["newest"])) // 2)
        pair = Side("a", end=middle), Side("b", begin=middle)
        ways.append(("the earlier and the later half", address(route, *pair)))
    return ways
