"""Searching the store: which traces match, in which order, and how many there are."""

from __future__ import annotations

import heapq
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import NamedTuple

from collector.search.ast import Node
from collector.search.match import matcher
from collector.search.order import ORDERS, Cursor
from collector.search.partition_view import Range, View, view_of
from collector.store.sqlite import Store
from collector.trace_summary import Summary

LOOK_INTO_SPANS = 40_000
"""Where the index cannot decide, so many spans are looked at for one page. What lies behind them is
not counted, and comes with the next page."""

ALL_TIME = Range(0, 2**63 - 1)


class Page(NamedTuple):
    """Some of the traces that match."""

    traces: list[Summary]
    next: str | None
    """Where to go on; `None` if this was all."""
    matched: int
    exact: bool
    """Whether there are just so many matches, and not more."""


def search(
    store: Store,
    node: Node,
    span: Range = ALL_TIME,
    order: str = "newest",
    limit: int = 100,
    after: Cursor | None = None,
) -> Page:
    """The first `limit` matching traces behind the cursor."""
    way = ORDERS[order]
    with views(store, node, span) as seen:
        exact = all(view.exact for view in seen)
        streams = [view.ordered(way, after) for view in seen]
        merged = heapq.merge(*streams, key=lambda found: found[:2], reverse=way.descending)
        if exact:
            found = _Found(after.matched if after else sum(view.count() for view in seen), True)
            found.take(merged, limit)
        else:
            found = _Found(after.matched if after else 0, after.exact if after else True)
            found.look_into(merged, node, limit, counting=after is None)
        cursor = None
        if found.more:
            key, trace_id = found.last
            cursor = Cursor(order, key, trace_id, found.matched, found.exact).encode()
        return Page(found.traces, cursor, found.matched, found.exact)


Candidate = tuple[int, str, int, View]


class _Found:
    """A page in the making."""

    def __init__(self, matched: int, exact: bool) -> None:
        self.traces: list[Summary] = []
        self.matched = matched
        self.exact = exact
        self.more = False
        self.last = (0, "")

    def take(self, candidates: Iterator[Candidate], limit: int) -> None:
        """Take the first candidates, which all match."""
        for key, trace_id, row, view in candidates:
            if len(self.traces) == limit:
                self.more = True
                return
            self.traces.append(view.summary(row))
            self.last = key, trace_id

    def look_into(
        self, candidates: Iterator[Candidate], node: Node, limit: int, *, counting: bool
    ) -> None:
        """Take the first candidates that match; go on counting while the budget lasts."""
        matches = matcher(node)
        budget = LOOK_INTO_SPANS
        for key, trace_id, row, view in candidates:
            if budget <= 0:
                self.more = True
                self.exact = self.exact and not counting
                return
            summary = view.summary(row)
            budget -= summary.spans
            full = len(self.traces) == limit
            if not full:
                self.last = key, trace_id
            if not matches(summary, view.spans(row)):
                continue
            if counting:
                self.matched += 1
            if not full:
                self.traces.append(summary)
            else:
                self.more = True
                if not counting:
                    return


@contextmanager
def views(store: Store, node: Node, span: Range) -> Iterator[list[View]]:
    """The partitions that have traces in the range, with the candidates found."""
    with ExitStack() as stack:
        found = []
        for partition in store.partitions():
            if (
                partition.traces
                and partition.oldest < span.end
                and partition.latest_start >= span.begin
            ):
                # A partition may just have been dropped, or be broken: the others still answer.
                with suppress(sqlite3.Error):
                    view = stack.enter_context(view_of(partition, span))
                    view.look_up(node)
                    found.append(view)
        yield found
