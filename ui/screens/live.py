"""The first screen: traces as they arrive, and the search for those that were stored before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from flask import Blueprint, Response, current_app, redirect, render_template, request

from ui import search_text, service_marks
from ui.client import Collector, RefusedError
from ui.links import link
from ui.scope import WINDOWS, Scope, scope

PAGE = 50
ORDERS = ("newest", "slowest", "fastest", "oldest")

blueprint = Blueprint("live", __name__)


@blueprint.get("/")
def page() -> str | tuple[str, int]:
    """The traces that match, newest first unless told otherwise."""
    collector: Collector = current_app.extensions["collector"]
    wanted, listing = scope(request.args), _listing(request.args)
    try:
        found = collector.get("/api/traces", limit=PAGE, **listing, **wanted.asked)
        summary = collector.get("/api/summary", **wanted.asked)
    except RefusedError as refusal:
        return _unreadable(collector, wanted.readable, listing, str(refusal)), 400
    return render_template(
        "live.html",
        scope=wanted,
        listing=listing,
        found=found,
        summary=summary,
        longest=max((trace["duration"] for trace in found["traces"]), default=0),
        **_surroundings(collector),
        easier=[] if found["traces"] else _easier(collector, wanted, listing),
    )


@blueprint.get("/search")
def compose() -> Response:
    """Where the helper's form goes: the search that its fields stand for."""
    composed = replace(scope(request.args), q=search_text.compose(request.args))
    return redirect(link("/", **composed.kept, **_listing(request.args)))  # type: ignore[return-value]


def _listing(given: Mapping[str, str]) -> dict[str, str]:
    """The part of the address that says in which order the traces are listed, and from where on."""
    order, cursor = given.get("order", ""), given.get("cursor", "")
    listing = {"order": order if order in ORDERS[1:] else "", "cursor": cursor}
    return {name: value for name, value in listing.items() if value}


def _surroundings(collector: Collector) -> dict[str, object]:
    """What the page shows besides the traces found."""
    return {
        "orders": ORDERS,
        "windows": list(WINDOWS),
        "services": service_marks.known(collector),
        "operations": collector.get("/api/operations")["operations"],
        "stats": collector.get("/stats"),
    }


def _unreadable(
    collector: Collector, wanted: Scope, listing: Mapping[str, str], complaint: str
) -> str:
    nothing: dict[str, object] = {"traces": [], "next": None, "matched": 0, "matched_exact": True}
    return render_template(
        "live.html",
        scope=wanted,
        listing=listing,
        found=nothing,
        summary=None,
        complaint=complaint,
        longest=0,
        **_surroundings(collector),
        easier=[],
    )


def _easier(
    collector: Collector, wanted: Scope, listing: Mapping[str, str]
) -> list[dict[str, object]]:
    """For a search without a match: which term to drop, and how many match then."""
    easier: list[dict[str, object]] = []
    for term, rest in search_text.without_each(wanted.q)[:6]:
        without = replace(wanted, q=rest)
        matched = collector.get("/api/traces", limit=1, **without.asked)["matched"]
        if matched:
            given = {**without.kept, "order": listing.get("order", "")}
            easier.append({"dropped": term, "href": link("/", **given), "matched": matched})
    return sorted(easier, key=lambda each: -int(str(each["matched"])))
