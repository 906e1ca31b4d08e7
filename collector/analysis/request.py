"""What a trace says about the request it is of, as a whole."""

from __future__ import annotations

from typing import NamedTuple

from collector.analysis.outage import has_failed
from collector.analysis.route import Route, route_by, route_span
from collector.analysis.tree import Tree
from collector.model import Span


class Request(NamedTuple):
    """The request that a trace is of: what aggregates count, and what searches can ask for."""

    span: Span | None
    """The one that represents it (`collector.analysis.route`)."""
    route: Route
    duration: int
    """Duration of the root, ns; -1 if its times are impossible. A trace lasts longer where
    something outlives its root."""
    failed: bool
    """Whether the root or the route's own span is an error, or answered 5xx."""


def request_of(tree: Tree) -> Request:
    """Return the request that a trace is of; one without names or time for a trace without
    spans."""
    span = route_span(tree)
    if span is None:
        return Request(None, route_by(None), 0, False)
    root = tree.spans[0]
    failed = has_failed(root) or has_failed(span)
    return Request(span, route_by(span), root.duration if root.timed else -1, failed)
