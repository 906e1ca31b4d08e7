"""The first screen: traces as they arrive, and the search for those that were stored before."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping

from flask import Blueprint, Response, current_app, redirect, render_template, request

from ui import services, terms
from ui.collector import Collector, RefusedError
from ui.links import link

PAGE = 50
MOMENT = re.compile(r"[0-9]{1,19}")
ORDERS = ("newest", "slowest", "fastest", "oldest")
WINDOWS = {"1m": 60, "5m": 300, "15m": 900, "1h": 3600, "1d": 86_400}
"""What can be chosen as "the last …", in seconds."""

blueprint = Blueprint("live", __name__)
Search = dict[str, str]


@blueprint.get("/")
def page() -> str | tuple[str, int]:
    """The traces that match, newest first unless told otherwise."""
    collector: Collector = current_app.extensions["collector"]
    search = _search(request.args)
    try:
        found = collector.get("/api/traces", limit=PAGE, **_asked(search))
        summary = collector.get("/api/summary", **_range(search))
    except RefusedError as refusal:
        return _unreadable(collector, search, str(refusal)), 400
    return render_template(
        "live.html",
        search=search,
        found=found,
        summary=summary,
        longest=max((trace["duration"] for trace in found["traces"]), default=0),
        **_surroundings(collector),
        easier=[] if found["traces"] else _easier(collector, search),
    )


@blueprint.get("/search")
def compose() -> Response:
    """Where the helper's form goes: the search that its fields stand for."""
    search = {**_search(request.args), "q": terms.compose(request.args)}
    return redirect(link("/", **search))  # type: ignore[return-value]


def _search(given: Mapping[str, str]) -> Search:
    """The part of the address that says what is looked for; empty and unknown values left out."""
    search = {name: given.get(name, "") for name in ("q", "order", "last", "from", "to", "cursor")}
    if search["order"] not in ORDERS[1:]:
        search["order"] = ""
    if search["last"] not in WINDOWS:
        search["last"] = ""
    return {name: value for name, value in search.items() if value}


def _range(search: Search) -> dict[str, str]:
    asked: Search = {name: search[name] for name in ("q", "from", "to") if name in search}
    if "last" in search and "from" not in search:
        asked["from"] = str(time.time_ns() - WINDOWS[search["last"]] * 10**9)
    return asked


def _asked(search: Search) -> dict[str, str]:
    more: Search = {name: search[name] for name in ("order", "cursor") if name in search}
    return {**_range(search), **more}


def _surroundings(collector: Collector) -> dict[str, object]:
    """What the page shows besides the traces found."""
    return {
        "orders": ORDERS,
        "windows": list(WINDOWS),
        "services": services.known(collector),
        "operations": collector.get("/api/operations")["operations"],
        "stats": collector.get("/stats"),
    }


def _unreadable(collector: Collector, search: Search, complaint: str) -> str:
    search = {
        name: value
        for name, value in search.items()
        if name not in ("from", "to") or MOMENT.fullmatch(value)
    }
    nothing: dict[str, object] = {"traces": [], "next": None, "matched": 0, "matched_exact": True}
    return render_template(
        "live.html",
        search=search,
        found=nothing,
        summary=None,
        complaint=complaint,
        longest=0,
        **_surroundings(collector),
        easier=[],
    )


def _easier(collector: Collector, search: Search) -> list[dict[str, object]]:
    """For a search without a match: which term to drop, and how many match then."""
    easier: list[dict[str, object]] = []
    for term, rest in terms.without_each(search.get("q", ""))[:6]:
        asked = {**_range(search), "q": rest, "limit": 1}
        matched = collector.get("/api/traces", **asked)["matched"]
        if matched:
            easier.append({"dropped": term, "q": rest, "matched": matched})
    return sorted(easier, key=lambda each: -int(str(each["matched"])))
