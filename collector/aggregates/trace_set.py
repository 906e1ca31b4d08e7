"""Which traces a question is about."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from collector.analysis.route import Route
from collector.search.ast import And, Field, Node, Text
from collector.search.match import matcher
from collector.search.partition_view import PartitionView, TimeRange
from collector.search.search import MAX_CHECKED_SPANS, open_views
from collector.store.partition import Partition
from collector.store.sqlite import Store

MOST = 10_000
"""Traces of a set that are folded: the newest."""


class TraceSet(NamedTuple):
    """The traces that match a search, perhaps of one route only."""

    node: Node
    span: TimeRange
    route: Route | None

    def narrowed(self) -> Node:
        """A search that finds at least these traces: the index knows services and resources, but
        not which of a trace's spans names its route."""
        if self.route is None:
            return self.node
        service = Field("service", Text(self.route.service))
        return And((self.node, service, Field("resource", Text(self.route.resource))))


class Member(NamedTuple):
    """A trace of a set, as it was when the set was looked up."""

    partition: Partition
    row: int
    trace_id: str
    spans: int
    """How many spans of it were stored: a trace only ever grows, so this is its version."""


class Found(NamedTuple):
    """Traces that match, the newest first."""

    members: list[Member]
    matched: int
    exact: bool
    """Whether there are just so many, and not more."""


def find(store: Store, wanted: TraceSet, most: int = MOST) -> Found:
    """The newest `most` traces that match the search and the range; of `wanted.route` they are
    only candidates."""
    node = wanted.narrowed()
    with open_views(store, node, wanted.span) as seen:
        newest = heapq.merge(*map(_newest, seen), key=lambda found: found[:2], reverse=True)
        members = (
            Member(view.partition, row, trace_id, spans) for _, trace_id, row, spans, view in newest
        )
        if all(view.exact for view in seen):
            return Found(list(islice(members, most)), sum(view.count() for view in seen), True)
        return _look_into(members, {id(view.partition): view for view in seen}, node, most)


def _newest(view: PartitionView) -> Iterator[tuple[int, str, int, int, PartitionView]]:
    for start, trace_id, row, spans in view.newest():
        yield start, trace_id, row, spans, view


def _look_into(
    members: Iterator[Member], views_of: dict[int, PartitionView], node: Node, most: int
) -> Found:
    """Those that match, where the index cannot tell, as far as the budget reaches."""
    matches = matcher(node)
    found: list[Member] = []
    budget = MAX_CHECKED_SPANS
    for member in members:
        if budget <= 0 or len(found) == most:
            return Found(found, len(found), False)
        budget -= member.spans
        view = views_of[id(member.partition)]
        if matches(view.summary(member.row), view.spans(member.row)):
            found.append(member)
    return Found(found, len(found), True)
