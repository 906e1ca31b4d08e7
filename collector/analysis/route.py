"""What a request was for."""

from __future__ import annotations

from typing import NamedTuple

from collector.analysis.trace import Trace
from collector.model import Span


class Route(NamedTuple):
    """A kind of request, as its users would name it."""

    service: str
    resource: str
    """`GET /pair/beer`."""


def route_span(trace: Trace) -> Span | None:
    """The span that stands for the whole request: the first server span from the top (the root may
    be a client that merely sent it), or the root where nothing is a server."""
    for span in trace.tree.spans:
        if span.tags.get("span.kind") == "server":
            return span
    return trace.tree.spans[0] if trace.tree.spans else None


def route_of(trace: Trace) -> Route:
    """The route of a trace; empty for a trace without spans."""
    span = route_span(trace)
    return Route(span.service, span.resource) if span else Route("", "")
