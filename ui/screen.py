"""What the screens share: asking the collector, and what every page about traces shows."""

from __future__ import annotations

from typing import Any

from flask import abort, current_app, g, render_template

from ui import lessons, service_marks
from ui.client import Collector, RefusedError
from ui.scope import WINDOWS, Scope
from ui.search_notes import SearchNotes, complaint_from, notes_from

Answer = dict[str, Any]
"""A JSON answer of the collector."""
Services = dict[str, dict[str, object]]
"""The collector's services by name."""


def collector() -> Collector:
    """Return the collector whose traces this UI shows."""
    configured: Collector = current_app.extensions["collector"]
    return configured


def ask(path: str, scope: Scope | None = None, /, **parameters: object) -> Answer:
    """Return the collector's answer, about the traces in `scope` if it is given.

    Raises `RefusedError` if the collector refuses, `CollectorDownError` if it does not answer.
    """
    about = scope.collector_parameters if scope else {}
    answer = dict(collector().get(path, **about, **parameters))
    known = missing()
    known += [what for what in answer.get("missing", ()) if what not in known]
    return answer


def missing() -> list[str]:
    """Return what the collector could not read when it answered this request, in sentences."""
    known: list[str] = g.setdefault("missing", [])
    return known


def ask_or_abort(path: str, **parameters: object) -> Answer:
    """Return the collector's answer; if it refuses, end the request with its message."""
    try:
        return ask(path, **parameters)
    except RefusedError as refusal:
        abort(404 if refusal.status == 404 else 400, str(refusal))


def services() -> Services:
    """Return the services that the collector knows."""
    return service_marks.known(collector())


def stored_traces() -> int:
    """Return the number of traces that the collector holds."""
    return int(ask("/stats")["stored"]["traces"])


def scope_context(scope: Scope) -> dict[str, object]:
    """Return what the template of every screen about a set of traces needs."""
    return {
        "scope": scope,
        "windows": list(WINDOWS),
        "services": services(),
        "lessons": lessons.numbers(),
        "stored": stored_traces(),
        "notes": search_notes(scope.q),
    }


def search_notes(search: str, parameter: str = "q") -> SearchNotes | None:
    """Return what there is to say about the search in this parameter of the address; None if there
    is none, or if it cannot be read."""
    if not search:
        return None
    try:
        return notes_from(ask("/api/search", q=search), parameter)
    except RefusedError:
        return None


def bad_query_page(scope: Scope, action: str, refusal: RefusedError) -> tuple[str, int]:
    """Return the page for a search that the collector cannot read, with the search still in its
    box; the form leads to `action`."""
    page = render_template(
        "bad-query.html",
        complaint=complaint_from(refusal),
        action=action,
        **scope_context(scope.without_bad_times),
    )
    return page, 400
