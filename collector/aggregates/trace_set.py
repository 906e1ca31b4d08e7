"""Which traces a question is about."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from collector.aggregates.digest import Card
from collector.analysis.route import Route
from collector.search.ast import And, Field, Node, Text
from collector.search.match import matcher
from collector.search.search import open_views
from collector.search.view import TimeRange, View
from collector.store.trace_store import FoundTrace, TracePart, TraceStore

MAX_TRACES = 10_000
"""Traces of a set that are folded: the newest."""
MAX_CHECKED_SPANS = 40_000
"""Spans that are checked to find them if the index cannot decide."""


class TraceSet(NamedTuple):
    """The traces that match a search, perhaps of one route only."""

    node: Node
    """The search, parsed."""
    time_range: TimeRange
    """When the traces start."""
    route: Route | None

    def narrowed(self) -> Node:
        """Return a search that finds at least these traces: the index knows services and resources,
        but not which of a trace's spans names its route."""
        if self.route is None:
            return self.node
        service = Field("service", Text(self.route.service))
        return And((self.node, service, Field("resource", Text(self.route.resource))))


class Member(NamedTuple):
    """A trace of a set, as it was when the set was looked up."""

    partition: TracePart
    row: int
    """Number of the trace in its partition."""
    trace_id: str
    spans: int
    """How many spans of it were stored: a trace only ever grows, so this is its version."""


def member_of(stored: FoundTrace) -> Member:
    """Return a trace as it is now. Raises `sqlite3.Error` if it is dropped meanwhile."""
    part, row = stored.place
    return Member(part, row, stored.trace_id, stored.summary().spans)


class Matches(NamedTuple):
    """Traces that match, the newest first."""

    members: list[Member]
    matched: int
    """How many traces match."""
    exact: bool
    """Whether exactly that many match, rather than that many or more."""


class Sample(NamedTuple):
    """The traces of a set that an answer is computed from, the newest first, each with its card."""

    members: list[Member]
    cards: list[Card]
    matched: int
    """How many traces are in the set."""
    exact: bool
    """Whether exactly that many are in it, rather than that many or more."""
    pending: int
    """Traces that were left out because their digests are not made yet."""
    moment: int
    """When the set was looked up, ns since 1970."""


def find(store: TraceStore, trace_set: TraceSet, max_traces: int = MAX_TRACES) -> Matches:
    """Return the newest traces that match the search and the range; if the set is of one route they
    are only candidates."""
    node = trace_set.narrowed()
    with open_views(store, node, trace_set.time_range) as partition_views:
        newest = heapq.merge(
            *map(_newest, partition_views), key=lambda match: match[:2], reverse=True
        )
        members = (
            Member(view.partition, row, trace_id, spans) for _, trace_id, row, spans, view in newest
        )
        if all(view.exact for view in partition_views):
            matched = sum(view.count() for view in partition_views)
            return Matches(list(islice(members, max_traces)), matched, not store.missing())
        view_of = {id(view.partition): view for view in partition_views}
        found = _look_into(members, view_of, node, max_traces)
        return found._replace(exact=found.exact and not store.missing())


def _newest(view: View) -> Iterator[tuple[int, str, int, int, View]]:
    for start, trace_id, row, spans in view.newest():
        yield start, trace_id, row, spans, view


def _look_into(
    members: Iterator[Member], view_of: dict[int, View], node: Node, max_traces: int
) -> Matches:
    """Return the traces that match, where the index cannot tell, as far as the budget reaches."""
    matches = matcher(node)
    matching: list[Member] = []
    budget = MAX_CHECKED_SPANS
    for member in members:
        if budget <= 0 or len(matching) == max_traces:
            return Matches(matching, len(matching), False)
        view = view_of[id(member.partition)]
        if view.is_sure(member.row):
            matching.append(member)
            continue
        budget -= member.spans
        if matches(view.summary(member.row), view.spans(member.row)):
            matching.append(member)
    return Matches(matching, len(matching), True)
