"""The route of a trace: what the request was for."""

from __future__ import annotations

from typing import NamedTuple

from collector.analysis.trace import Trace
from collector.model import Span
from collector.name_template import template_of


class Route(NamedTuple):
    """A kind of request, as its users would name it. OpenTelemetry's `http.route`, with the service
    that serves it."""

    service: str
    resource: str
    """For example `GET /pair/beer`, with `?` for ids (`collector.name_template`)."""


def route_span(trace: Trace) -> Span | None:
    """Return the span that represents the whole request: the first server span from the top (the
    root may be a client that merely sent it), or the root if there is no server span. None for a
    trace without spans."""
    for span in trace.tree.spans:
        if span.tags.get("span.kind") == "server":
            return span
    return trace.tree.spans[0] if trace.tree.spans else None


def route_of(trace: Trace) -> Route:
    """Return the route of a trace; an empty one for a trace without spans."""
    span = route_span(trace)
    return Route(span.service, template_of(span.resource)) if span else Route("", "")
