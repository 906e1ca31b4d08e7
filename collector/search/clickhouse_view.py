"""A ClickHouse as one search sees it."""

from __future__ import annotations

from collections.abc import Iterator

from collector.model import Span
from collector.search.ast import Node
from collector.search.clickhouse_conditions import (
    DURATION,
    SPANS,
    START,
    TIMED,
    rare_span,
    trace_condition,
)
from collector.search.order import ORDERS, Cursor, Order
from collector.search.view import Measures, TimeRange, View
from collector.store.clickhouse.bound_values import BoundValues
from collector.store.clickhouse.connection import ClickHouseError
from collector.store.clickhouse.store import ClickHouseStore
from collector.trace_summary import TraceSummary

_KEYS = {"start": START, "duration": DURATION}
"""What traces are ordered by, by the columns of `collector.search.order`."""
_FETCHED_TRACES = 4_096
"""Traces whose ids are fetched at once: each time, all spans are looked at."""
_READ_TRACES = 128
"""Traces whose summaries are read at once."""
_NARROW_SHARE = 0.5
"""Share of all the time that is stored: in a range that is smaller, it is worth finding out first
which traces are about."""
_IN_TRACES_WITH = "(lower, upper) IN (SELECT lower, upper FROM span WHERE {})"
"""That a span is of a trace that has some span."""


class ClickHouseView:
    """The traces of a ClickHouse during one search."""

    def __init__(self, store: ClickHouseStore, node: Node, time_range: TimeRange) -> None:
        self.partition = store.numbered()
        self.exact = trace_condition(node, BoundValues()).exact
        self._store = store
        self._node = node
        self._range = time_range
        self._following: dict[int, list[str]] = {}
        """By row number, the ids of a trace and of those handed out after it."""
        self._summaries: dict[str, TraceSummary] = {}
        self._id_of: dict[int, str] = {}
        self._count: int | None = None
        self._is_narrow = self._share() < _NARROW_SHARE

    def count(self) -> int:
        """Return the number of candidates that start in the range."""
        if self._count is not None:
            return self._count
        values = BoundValues()
        query = f"SELECT count() FROM (SELECT 1 {self._groups(values)})"  # noqa: S608
        ((count,),) = self._store.connection.rows(query, values)
        return int(count)

    def is_sure(self, row: int) -> bool:
        """Return whether candidate number `row` matches: each of them does, or none is sure to."""
        return self.exact

    def count_sure(self) -> int:
        """Return the number of candidates that need not be checked."""
        return self.count() if self.exact else 0

    def ordered(
        self, order: Order, after: Cursor | None, *, only_unsure: bool = False
    ) -> Iterator[tuple[int, str, int, View]]:
        """Yield key, trace id, row number and this view for each candidate in the range, or for
        each that must be checked.

        They come in order and begin after the cursor, if there is one.
        """
        if only_unsure and self.exact:
            return
        for (key, trace_id, _), row in self._candidates(order, after, "count()"):
            yield key, trace_id, row, self

    def newest(self) -> Iterator[tuple[int, str, int, int]]:
        """Yield start, trace id, row number and number of spans of each candidate in the range, the
        newest first."""
        for (start, trace_id, spans), row in self._candidates(ORDERS["newest"], None, SPANS):
            yield start, trace_id, row, spans

    def measures(self) -> Measures:
        """Return the measures of the candidates in the range that need not be checked."""
        if not self.exact:
            return Measures([])
        values = BoundValues()
        columns = f"if({TIMED}, {DURATION}, -1), {SPANS}, uniqExactIf(identity, error = 1)"
        query = f"SELECT {columns}, upper, lower {self._groups(values)}"
        rows = self._store.connection.rows(query, values)
        return Measures.of(
            [
                (duration, spans, errors, _trace_id(upper, lower))
                for duration, spans, errors, upper, lower in rows
            ]
        )

    def summary(self, row: int) -> TraceSummary:
        """Return the summary of trace number `row`. Raises `ClickHouseError` if it is gone."""
        trace_id = self._id_of[row]
        if trace_id not in self._summaries:
            self._summaries = self._store.summaries(self._following[row])
        if trace_id not in self._summaries:
            raise ClickHouseError(f"trace {trace_id} has just been dropped because of its age")
        return self._summaries[trace_id]

    def spans(self, row: int) -> list[Span]:
        """Return the spans of trace number `row`, the first received if there are very many."""
        return self.partition.spans_of(row)

    def _candidates(
        self, order: Order, after: Cursor | None, spans: str
    ) -> Iterator[tuple[tuple[int, str, int], int]]:
        """Yield key, id and number of spans of each candidate, and its row number. `spans` says how
        they are counted: `count()` is quick, and too many where some are stored twice."""
        position = (after.key, after.trace_id) if after else None
        while True:
            page = self._page(order, position, spans)
            rows = [self.partition.row_of(trace_id, spans) for _, trace_id, spans in page]
            for begin in range(0, len(page), _READ_TRACES):
                few = [trace_id for _, trace_id, _ in page[begin : begin + _READ_TRACES]]
                for row, trace_id in zip(rows[begin:], few, strict=False):
                    self._following[row] = few
                    self._id_of[row] = trace_id
            yield from zip(page, rows, strict=True)
            if len(page) < _FETCHED_TRACES:
                return
            position = page[-1][:2]

    def _page(
        self, order: Order, position: tuple[int, str] | None, spans: str
    ) -> list[tuple[int, str, int]]:
        """Return keys, ids and numbers of spans of the next candidates. With the first ones comes
        how many there are in all."""
        values = BoundValues()
        direction, beyond = ("DESC", "<") if order.descending else ("ASC", ">")
        key = _KEYS[order.column]
        groups = self._groups(values)
        if position:
            last_key, last_id = position
            last = (
                f"({values.whole(last_key)}, {values.unsigned(int(last_id[:16], 16))},"
                f" {values.unsigned(int(last_id[16:], 16))})"
            )
            groups += f" AND ({key}, upper, lower) {beyond} {last}"
        query = (
            f"SELECT {key} AS sort_key, upper, lower, {spans} {groups}"
            f" ORDER BY sort_key {direction}, upper {direction}, lower {direction}"
            f" LIMIT {_FETCHED_TRACES}"
        )
        answer = self._store.connection.answer(query, values)
        if position is None:
            self._count = answer.rows_before_limit_at_least
        return [(key, _trace_id(upper, lower), count) for key, upper, lower, count in answer.data]

    def _groups(self, values: BoundValues) -> str:
        """Return the end of a query for the candidates in the range, from `FROM` on."""
        begin, end = values.whole(self._range.begin), values.whole(self._range.end)
        node, wanted = self._node, []
        if self._is_narrow:  # a trace that starts in the range has a span that does
            times = [f"{time} >= {begin} AND {time} < {end}" for time in ("start", "arrived")]
            wanted.append(_IN_TRACES_WITH.format(" OR ".join(times)))
        if rare := rare_span(node, values):
            wanted.append(_IN_TRACES_WITH.format(rare.condition))
            node = rare.rest
        prewhere = f"PREWHERE {' AND '.join(wanted)}" if wanted else ""
        return (
            f"FROM span {prewhere} GROUP BY lower, upper"
            f" HAVING {START} >= {begin} AND {START} < {end}"
            f" AND {trace_condition(node, values).sql}"
        )

    def _share(self) -> float:
        """Return the share of the range in all the time that is stored."""
        totals = self._store.totals()
        overlap = min(self._range.end, totals.newest) - max(self._range.begin, totals.oldest)
        return overlap / max(1, totals.newest - totals.oldest)


def _trace_id(upper: int, lower: int) -> str:
    return f"{upper:016x}{lower:016x}"
