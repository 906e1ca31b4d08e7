"""The Routes screen: what the system is asked for, and how each route does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from flask import Blueprint, render_template, request

from ui.client import RefusedError
from ui.links import link
from ui.scope import Scope, scope_from
from ui.screen import Answer, ask, bad_query_page, scope_context
from ui.words.footnotes import Footnotes

blueprint = Blueprint("routes", __name__)


@dataclass(frozen=True)
class RoutesView:
    """The routes of a set of traces."""

    scope: Scope
    answer: Answer

    @cached_property
    def notes(self) -> Footnotes:
        """How the numbers are computed."""
        return Footnotes(routes=self.answer["how"])

    def route_link(self, route: Mapping[str, Any]) -> str:
        """Return the address of a route's screen."""
        return link(
            "/route",
            service=route["service"],
            resource=route["resource"],
            **self.scope.search_and_time,
        )

    def traces_link(self, route: Mapping[str, Any], *terms: str) -> str:
        """Return the address of the list of a route's traces, narrowed by more search terms."""
        of_route = replace(self.scope, service=route["service"], resource=route["resource"])
        return link("/", **of_route.traces(*terms))


@blueprint.get("/routes")
def page() -> str | tuple[str, int]:
    """List every route with its rate, errors and durations, most time first."""
    scope = scope_from(request.args)
    try:
        answer = ask("/api/routes", scope)
    except RefusedError as refusal:
        return bad_query_page(scope, "/routes", refusal)
    view = RoutesView(scope, answer)
    return render_template("routes.html", view=view, **scope_context(scope))
