"""The Compare screen: any two sets of traces, two deploys by default: what changed, and where the
difference comes from, to the nanosecond."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from flask import Blueprint, Response, redirect, render_template, request

from ui.client import RefusedError
from ui.compare.comparison import LAYOUTS, ComparisonView, compare_link
from ui.compare.trace_sets import Route, TraceSet, set_from_address, set_from_form, version_term
from ui.links import link
from ui.scope import route_from_form
from ui.screen import Answer, ask, search_notes, services, stored_traces
from ui.search_notes import Complaint, complaint_from

MIN_TRACES = 20
"""Traces that a verdict needs in either set."""

blueprint = Blueprint("compare", __name__)


@dataclass(frozen=True)
class FormView:
    """What can be compared, and what is chosen."""

    route: Route
    a: TraceSet
    b: TraceSet
    layout: str
    routes: list[Answer]
    deploys: list[Answer]
    deploys_sample: Answer
    routes_left_out: int
    deploys_left_out: int

    @property
    def sets(self) -> tuple[TraceSet, TraceSet]:
        """Both sets."""
        return self.a, self.b

    @property
    def known_route(self) -> Answer | None:
        """The chosen route as the collector knows it."""
        chosen = self.route
        return next((r for r in self.routes if Route(r["service"], r["resource"]) == chosen), None)

    @property
    def suggestions(self) -> list[tuple[str, str]]:
        """Comparisons to make with one click: words and address."""
        suggestions = []
        if len(self.deploys) > 1:
            deploys = link("/compare", **self.route.parameters)
            suggestions.append(("the two newest deploys", deploys))
        if (route := self.known_route) and route["duration"]["p95"]:
            suggestions.append(self._by_duration(route))
        if (route := self.known_route) and route["errors"]:
            address = self._link("route.error:0", "route.error:1")
            suggestions.append(("traces without and with an error", address))
        oldest, newest = self.deploys_sample["oldest"], self.deploys_sample["newest"]
        if oldest and oldest != newest:
            middle = str((int(oldest) + int(newest)) // 2)
            halves = TraceSet("a", end=middle), TraceSet("b", begin=middle)
            suggestions.append(
                ("the earlier and the later half", compare_link(self.route, *halves))
            )
        return suggestions

    def _by_duration(self, route: Answer) -> tuple[str, str]:
        """Return the slowest 5 % against the others if they are enough for a verdict, otherwise the
        slower half against the faster."""
        if route["traces"] >= MIN_TRACES / 0.05:
            words, percentile = "the others and the slowest 5 %", "p95"
        else:
            words, percentile = "the faster half and the slower half", "p50"
        ns = route["duration"][percentile]
        return words, self._link(f"root.duration:<={ns}ns", f"root.duration:>{ns}ns")

    def _link(self, a: str, b: str) -> str:
        return compare_link(self.route, TraceSet("a", a), TraceSet("b", b))


@blueprint.get("/compare")
def page() -> str | Response | tuple[str, int]:
    """Show the comparison that the address asks for, by default that of the two newest deploys."""
    if not _sets_given(request.args):
        if (address := _default_comparison()) is None:
            return _page(_busiest_route_by_default(), TraceSet("a"), TraceSet("b"))
        return redirect(address)  # type: ignore[return-value]
    route = _route_from_address()
    a, b = set_from_address("a", request.args), set_from_address("b", request.args)
    try:
        answer = ask("/api/compare", **route.collector_parameters, **a.parameters, **b.parameters)
    except RefusedError as refusal:
        return _page(
            route, a.without_bad_times, b.without_bad_times, complaint=complaint_from(refusal)
        ), 400
    all_paths = request.args.get("paths") == "all"
    return _page(route, a, b, ComparisonView(answer, route, a, b, _layout(), all_paths))


@blueprint.get("/compare/choose")
def choose() -> Response:
    """Lead from the form to the comparison that it describes."""
    route = Route(*route_from_form(request.args.get("route", "")))
    a, b = set_from_form("a", request.args), set_from_form("b", request.args)
    if "swap" in request.args:
        a, b = replace(b, letter="a"), replace(a, letter="b")
    address = compare_link(route, a, b, view=request.args.get("view", ""))
    return redirect(address)  # type: ignore[return-value]


def _page(
    route: Route,
    a: TraceSet,
    b: TraceSet,
    view: ComparisonView | None = None,
    complaint: Complaint | None = None,
) -> str:
    """Return the page; without a view or a complaint it says that there are no two deploys."""
    deploys = ask("/api/deploys", **route.collector_parameters)
    found = ask("/api/routes")
    return render_template(
        "compare.html",
        form=FormView(
            route,
            a,
            b,
            _layout(),
            found["routes"],
            deploys["deploys"],
            deploys["sample"],
            found["left_out"],
            deploys["deploys_left_out"],
        ),
        view=view,
        complaint=complaint,
        notes=[search_notes(side.q, f"{side.letter}_q") for side in (a, b)],
        services=services(),
        stored=stored_traces(),
    )


def _sets_given(arguments: Mapping[str, str]) -> bool:
    names = (f"{letter}_{name}" for letter in "ab" for name in ("q", "from", "to"))
    return any(arguments.get(name) for name in names)


def _default_comparison() -> str | None:
    """Return the address that compares the newest deploy with the one before it; None if there are
    not two."""
    route = _busiest_route_by_default()
    deploys = ask("/api/deploys", **route.collector_parameters)["deploys"]
    if len(deploys) < 2:
        return None
    newest, previous = (version_term(deploy["version"]) for deploy in deploys[:2])
    a, b = TraceSet("a", previous), TraceSet("b", newest)
    return compare_link(route, a, b, view=request.args.get("view", ""))


def _route_from_address() -> Route:
    return Route(request.args.get("service", ""), request.args.get("resource", ""))


def _busiest_route_by_default() -> Route:
    """Return the route in the address; without one, the route that takes the most time."""
    if route := _route_from_address():
        return route
    routes = ask("/api/routes")["routes"]
    return Route(routes[0]["service"], routes[0]["resource"]) if routes else Route()


def _layout() -> str:
    layout = request.args.get("view", "")
    return layout if layout in LAYOUTS else ""
