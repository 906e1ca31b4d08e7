"""The route of a trace: what the request was for."""

from __future__ import annotations

from typing import NamedTuple

from collector.analysis.trace import Trace
from collector.analysis.tree import Tree
from collector.model import Span
from collector.name_template import template_of


class Route(NamedTuple):
    """A kind of request, as its users would name it. OpenTelemetry's `http.route`, with the service
    that serves it."""

    service: str
    resource: str
    """For example `GET /pair/beer`, with `?` for ids (`collector.name_template`)."""


def route_span(tree: Tree) -> Span | None:
    """Return the span that represents the whole request: the first server span from the top (the
    root may be a client that merely sent it), or the root if there is no server span. None for a
    trace without spans."""
    for span in tree.spans:
        if span.tags.get("span.kind") == "server":
            return span
    return tree.spans[0] if tree.spans else None


def route_by(span: Span | None) -> Route:
    """Return the route that a `route_span` stands for; an empty one for None."""
    return Route(span.service, template_of(span.resource)) if span else Route("", "")


def route_of(trace: Trace) -> Route:
    """Return the route of a trace; an empty one for a trace without spans."""
    return route_by(route_span(trace.tree))
