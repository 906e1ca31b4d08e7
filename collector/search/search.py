"""Searching the store: which traces match, in which order, and how many there are."""

from __future__ import annotations

import heapq
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import NamedTuple

from collector.search.ast import Node
from collector.search.clickhouse_view import ClickHouseView
from collector.search.match import matcher
from collector.search.order import ORDERS, Cursor, Order
from collector.search.partition_view import view_of
from collector.search.view import TimeRange, View
from collector.store.clickhouse.shards import ClickHouseShards
from collector.store.sqlite import Store
from collector.store.trace_store import TraceStore
from collector.trace_summary import TraceSummary

MAX_CHECKED_SPANS = 10_000
"""Spans that are checked for one page if the index cannot decide: some 20 ms. Further traces
are not counted, and come with the next page."""

ALL_TIME = TimeRange(0, 2**63 - 1)


class Page(NamedTuple):
    """Some of the traces that match."""

    traces: list[TraceSummary]
    next: str | None
    """The cursor to the next page; None if this is the last one."""
    matched: int
    """All traces that match, not only those of this page."""
    exact: bool
    """Whether there are exactly that many matches; if False, there may be more."""


def search(
    store: TraceStore,
    node: Node,
    time_range: TimeRange = ALL_TIME,
    order: str = "newest",
    limit: int = 100,
    after: Cursor | None = None,
) -> Page:
    """Return the first `limit` matching traces after the cursor."""
    direction = ORDERS[order]
    with open_views(store, node, time_range) as views:
        candidates = _merged([view.ordered(direction, after) for view in views], direction)
        exact = all(view.exact for view in views)
        if exact:
            page = _PageBuilder(0, True)
            page.add_all(candidates, limit)
            # A view may know it from its first candidates.
            page.matched = after.matched if after else sum(view.count() for view in views)
        else:
            page = _PageBuilder(after.matched if after else 0, after.exact if after else True)
            checked = _CheckedTraces(node)
            page.add_matching(candidates, checked, limit)
            if after is None:
                reached = Cursor(order, *checked.reached, 0, True)
                rest = [view.ordered(direction, reached, only_unsure=True) for view in views]
                page.exact = not page.more or (
                    not checked.budget_is_spent and checked.all(_merged(rest, direction))
                )
                page.matched = checked.matching + sum(view.count_sure() for view in views)
        cursor = None
        if page.more:
            key, trace_id = page.last
            cursor = Cursor(order, key, trace_id, page.matched, page.exact).encode()
        # Where others store as well, some may have come since they were counted.
        matched = max(page.matched, len(page.traces)) if exact else page.matched
        return Page(page.traces, cursor, matched, page.exact)


Candidate = tuple[int, str, int, View]
"""The key to sort by, trace id, row number, and the view that has it."""


def _merged(streams: Sequence[Iterator[Candidate]], order: Order) -> Iterator[Candidate]:
    return heapq.merge(*streams, key=lambda candidate: candidate[:2], reverse=order.descending)


class _CheckedTraces:
    """Looks into the spans of traces, as far as the budget reaches."""

    def __init__(self, node: Node) -> None:
        self._matches = matcher(node)
        self._budget = MAX_CHECKED_SPANS
        self.matching = 0
        """How many of those looked into match."""
        self.reached = 0, ""
        """Key and id of the last trace."""

    @property
    def budget_is_spent(self) -> bool:
        """Whether no more traces may be looked into."""
        return self._budget <= 0

    def match(self, candidate: Candidate, summary: TraceSummary) -> bool:
        """Return whether the candidate matches."""
        key, trace_id, row, view = candidate
        self.reached = key, trace_id
        if view.is_sure(row):
            return True
        self._budget -= summary.spans
        matches = self._matches(summary, view.spans(row))
        self.matching += matches
        return matches

    def all(self, candidates: Iterator[Candidate]) -> bool:
        """Look into all of them; return False if the budget is spent before."""
        for candidate in candidates:
            if self.budget_is_spent:
                return False
            _, _, row, view = candidate
            self.match(candidate, view.summary(row))
        return True


class _PageBuilder:
    """A page in the making."""

    def __init__(self, matched: int, exact: bool) -> None:
        self.traces: list[TraceSummary] = []
        self.matched = matched
        self.exact = exact
        self.more = False
        self.last = (0, "")

    def add_all(self, candidates: Iterator[Candidate], limit: int) -> None:
        """Add the first candidates, all of which match."""
        for key, trace_id, row, view in candidates:
            if len(self.traces) == limit:
                self.more = True
                return
            self.traces.append(view.summary(row))
            self.last = key, trace_id

    def add_matching(
        self, candidates: Iterator[Candidate], checked: _CheckedTraces, limit: int
    ) -> None:
        """Add the first candidates that match."""
        for candidate in candidates:
            key, trace_id, row, view = candidate
            if checked.budget_is_spent and not view.is_sure(row):
                self.more = True
                return
            summary = view.summary(row)
            matches = checked.match(candidate, summary)
            if len(self.traces) < limit:
                self.last = key, trace_id
                if matches:
                    self.traces.append(summary)
            elif matches:
                self.more = True
                return


@contextmanager
def open_views(store: TraceStore, node: Node, time_range: TimeRange) -> Iterator[list[View]]:
    """Open views of the store, or of the parts that it is made of, for one search.

    Raises `TypeError` if there is no view for a store of this kind.
    """
    if isinstance(store, ClickHouseShards):
        yield [ClickHouseView(shard, node, time_range) for shard in store.answering()]
    elif isinstance(store, Store):
        with _open_partition_views(store, node, time_range) as views:
            yield views
    else:
        raise TypeError(f"{type(store).__name__} cannot be searched")


@contextmanager
def _open_partition_views(store: Store, node: Node, time_range: TimeRange) -> Iterator[list[View]]:
    """Open views of the partitions with traces in the range, and look the search up in each."""
    with ExitStack() as stack:
        views: list[View] = []
        for partition in store.partitions():
            if (
                partition.traces
                and partition.oldest < time_range.end
                and partition.latest_start >= time_range.begin
            ):
                # A partition may just have been dropped, or be damaged: the others still answer.
                try:
                    view = stack.enter_context(view_of(partition, time_range))
                    view.look_up(node)
                    views.append(view)
                except sqlite3.Error as error:
                    partition.suspect(error)
        yield views
