"""The first screen: traces as they arrive, and the search for those stored earlier."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import islice

from flask import Blueprint, Response, redirect, render_template, request

from ui import search_text
from ui.client import RefusedError
from ui.links import link
from ui.scope import WINDOWS, Scope, scope_from
from ui.screen import Answer, ask, search_notes
from ui.search_notes import Complaint, SearchNotes, complaint_from
from ui.service_marks import by_name

PAGE_SIZE = 50
"""Traces on one page of the list."""
MAX_SHORTER_SEARCHES = 6
MAX_RESOURCES_PER_OPERATION = 20
"""Resources of one operation that the helper offers."""
MAX_RESOURCES = 1_000
"""Resources that it offers together."""
ORDERS = ("newest", "slowest", "fastest", "oldest")

blueprint = Blueprint("live", __name__)


def _no_traces() -> Answer:
    return {"traces": [], "next": None, "matched": 0, "matched_exact": True}


@dataclass(frozen=True)
class LiveView:
    """What the page shows of a search."""

    listing: dict[str, str]
    """`order` and `cursor`, as far as the address gives them."""
    matches: Answer = field(default_factory=_no_traces)
    """The answer of `/api/traces`."""
    summary: Answer | None = None
    of_tests: int = 0
    """How many more match that a test has made: a search leaves them out."""
    complaint: Complaint | None = None
    """Why the search cannot be read."""
    notes: SearchNotes | None = None
    """What there is to say about it if it can."""
    shorter_searches: list[Answer] = field(default_factory=list)
    orders: tuple[str, ...] = ORDERS

    def with_tests(self, scope: Scope) -> str:
        """Return the address of the same search, with the requests of tests in it."""
        everyone = replace(scope, q=search_text.with_tests(scope.q))
        return link("/", **everyone.search_and_time, order=self.listing.get("order", ""))

    @property
    def longest(self) -> int:
        """The longest duration in the list, ns."""
        return max((trace["duration"] for trace in self.matches["traces"]), default=0)


@blueprint.get("/")
def page() -> str | Response | tuple[str, int]:
    """List the traces that match, newest first by default. An id leads to its trace."""
    scope, listing = scope_from(request.args), _listing(request.args)
    notes = search_notes(scope.q)
    if notes and notes.opens:
        return redirect(notes.opens)  # type: ignore[return-value]
    try:
        matches = ask("/api/traces", scope, limit=PAGE_SIZE, **listing)
        summary = ask("/api/summary", scope)
    except RefusedError as refusal:
        return _page(
            scope.without_bad_times, LiveView(listing, complaint=complaint_from(refusal))
        ), 400
    view = LiveView(listing, matches, summary, _matches_of_tests(scope), notes=notes)
    if not matches["traces"]:
        plain = replace(scope, q=notes.plain) if notes else scope
        view = replace(view, shorter_searches=_shorter_searches(plain, listing))
    return _page(scope, view)


@blueprint.get("/search")
def compose() -> Response:
    """Lead from the helper's form to the search that it describes."""
    scope = replace(scope_from(request.args), q=search_text.compose(request.args))
    address = link("/", **scope.search_and_time, **_listing(request.args))
    return redirect(address)  # type: ignore[return-value]


def _listing(arguments: Mapping[str, str]) -> dict[str, str]:
    """Return the part of the address that gives the order of the list and where it continues."""
    order, cursor = arguments.get("order", ""), arguments.get("cursor", "")
    listing = {"order": order if order in ORDERS[1:] else "", "cursor": cursor}
    return {name: value for name, value in listing.items() if value}


def _page(scope: Scope, view: LiveView) -> str:
    services, operations = ask("/api/services"), ask("/api/operations")
    names = dict.fromkeys(operation["name"] for operation in operations["operations"])
    resources = dict.fromkeys(
        resource
        for operation in operations["operations"]
        for resource in operation["resources"][:MAX_RESOURCES_PER_OPERATION]
    )
    return render_template(
        "live.html",
        view=view,
        scope=scope,
        windows=list(WINDOWS),
        services=by_name(services),
        services_left_out=services["left_out"],
        names=list(names),
        resources=list(islice(resources, MAX_RESOURCES)),
        operations_left_out=operations["left_out"],
        stats=ask("/stats"),
    )


def _matches_of_tests(scope: Scope) -> int:
    """Return how many traces match that tests have made; 0 if the search says itself what to do
    about them."""
    if search_text.speaks_of_tests(scope.q):
        return 0
    of_tests = replace(scope, q=search_text.with_tests(scope.q, "1"))
    return int(ask("/api/summary", of_tests)["traces"])


def _shorter_searches(scope: Scope, listing: Mapping[str, str]) -> list[Answer]:
    """Return the searches with one term fewer that match something, most matches first."""
    searches: list[Answer] = []
    for term, rest in search_text.without_each(scope.q)[:MAX_SHORTER_SEARCHES]:
        shorter = replace(scope, q=rest)
        matched = ask("/api/traces", shorter, limit=1)["matched"]
        if matched:
            address = link("/", **shorter.search_and_time, order=listing.get("order", ""))
            searches.append({"dropped": term, "href": address, "matched": matched})
    return sorted(searches, key=lambda search: -int(search["matched"]))
