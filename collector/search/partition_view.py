"""A partition as one search sees it: as it was when the search began."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from collector.model import Span
from collector.search.ast import Node
from collector.search.candidate_rows import Candidates, Rows
from collector.search.candidates import Index
from collector.search.order import Cursor, Order
from collector.search.view import Measures, TimeRange, View
from collector.store.database import IN_LIST, as_list
from collector.store.partition import Partition
from collector.store.summaries import read_summary
from collector.store.trace_spans import read_first_spans
from collector.trace_summary import TraceSummary

_decode_numbers = msgspec.json.Decoder(list[int]).decode
_MAX_ROWS_IN_QUERY = 300
"""Up to this many traces are fetched by row number; more are picked while reading all in order."""


_MIN_ROWS_AT_ONCE = 256
"""At least this many traces are sorted first: usually, a page needs no more of a partition."""


class PartitionView:
    """One partition during one search."""

    def __init__(
        self, connection: sqlite3.Connection, partition: Partition, time_range: TimeRange
    ) -> None:
        self._connection = connection
        self.partition = partition
        # Memory before disk: what is flushed in between is then seen twice rather than not at all.
        self._rows: range | set[int] = range(1, partition.next_row)
        self._recent = partition.recent
        connection.execute("BEGIN")
        if partition.has_gaps:
            self._rows = {row for (row,) in connection.execute("SELECT id FROM trace")}
        self._range = time_range
        self._whole = (
            time_range.begin <= partition.oldest and partition.latest_start < time_range.end
        )
        self._candidates = Candidates.exactly(self._rows)

    def look_up(self, node: Node) -> None:
        """Find the candidates with the index."""
        index = Index(self._connection, self.partition, self._recent, self._rows)
        self._candidates = index.candidates(node)

    @property
    def exact(self) -> bool:
        """Whether every candidate matches."""
        return self._candidates.exact

    def is_sure(self, row: int) -> bool:
        """Return whether candidate number `row` matches, so that its spans need not be checked."""
        return row in self._candidates.sure

    def count(self) -> int:
        """Return the number of candidates that start in the range."""
        return self._count(self._candidates.possible)

    def count_sure(self) -> int:
        """Return the number of those among them that need not be checked."""
        return self._count(self._candidates.sure)

    def _count(self, rows: Rows) -> int:
        if self._whole or not rows:
            return len(rows)
        query = "SELECT id FROM trace WHERE start >= ? AND start < ?"
        in_range = self._connection.execute(query, self._range)
        return sum(1 for (row,) in in_range if row in rows)

    def ordered(
        self, order: Order, after: Cursor | None, *, only_unsure: bool = False
    ) -> Iterator[tuple[int, str, int, View]]:
        """Yield key, trace id, row number and this view for each candidate in the range, or for
        each that must be checked.

        They come in order and begin after the cursor, if there is one.
        """
        rows = self._candidates.unsure if only_unsure else self._candidates.possible
        direction, beyond = ("DESC", "<") if order.descending else ("ASC", ">")
        where = "" if self._whole else "start >= ? AND start < ? AND "
        values: list[object] = [] if self._whole else [*self._range]
        if len(rows) <= _MAX_ROWS_IN_QUERY:
            where += f"id {IN_LIST} AND "
            values.append(as_list(rows))
            at_once = -1
        else:
            # Sorting the first few takes a fraction of the time of sorting all.
            at_once = _MIN_ROWS_AT_ONCE * (1 + self.partition.traces // len(rows))
        query = (
            f"SELECT {order.column}, trace_id, id FROM trace "  # noqa: S608
            f"WHERE {where}({order.column}, trace_id) {beyond} (?, ?) "
            f"ORDER BY {order.column} {direction}, trace_id {direction} LIMIT ?"
        )
        latest: tuple[int, str] = (after.key, after.trace_id) if after else order.before_all
        while True:
            traces = self._connection.execute(query, (*values, *latest, at_once))
            read = 0
            for key, trace_id, row in traces:
                read += 1
                latest = key, trace_id
                if row in rows:
                    yield key, trace_id, row, self
            if read != at_once:
                return
            at_once *= 16

    def newest(self) -> Iterator[tuple[int, str, int, int]]:
        """Yield start, trace id, row number and number of spans of each candidate in the range, the
        newest first."""
        rows = self._candidates.possible
        few = len(rows) <= _MAX_ROWS_IN_QUERY
        only = f"AND id {IN_LIST}" if few else ""
        values = [*self._range, as_list(rows)] if few else self._range
        query = (
            f"SELECT start, trace_id, id, spans FROM trace WHERE start >= ? AND start < ? {only} "  # noqa: S608
            "ORDER BY start DESC, trace_id DESC"
        )
        for trace in self._connection.execute(query, values):
            if trace[2] in rows:
                yield trace

    def measures(self) -> Measures:
        """Return the measures of the candidates in the range that need not be checked."""
        where = "start >= ? AND start < ?" if not self._whole else "1"
        values = self._range if not self._whole else ()
        rows = self._candidates.sure
        if rows is self._rows:
            return self._measures_of_all(where, values)
        query = (
            "SELECT id, iif(longest < 0, -1, duration), spans, errors, trace_id FROM trace "  # noqa: S608
            f"WHERE {where}"
        )
        traces = self._connection.execute(query, values)
        return Measures.of([trace[1:] for trace in traces if trace[0] in rows])

    def _measures_of_all(self, where: str, values: tuple[int, ...]) -> Measures:
        """Return the measures of all traces. Durations come as JSON: SQLite writes it in a fifth of
        the time in which it hands over a row for each."""
        query = (
            "SELECT json_group_array(duration) FILTER (WHERE longest >= 0), count(*), "  # noqa: S608
            f"ifnull(sum(spans), 0), ifnull(sum(errors > 0), 0) FROM trace WHERE {where}"
        )
        durations, traces, spans, failed = self._connection.execute(query, values).fetchone()
        query = (
            f"SELECT duration, trace_id FROM trace WHERE {where} AND longest >= 0 "  # noqa: S608
            "ORDER BY duration DESC, trace_id DESC LIMIT 1"
        )
        slowest = self._connection.execute(query, values).fetchone()
        return Measures(_decode_numbers(durations), traces, spans, failed, slowest or (-1, ""))

    def summary(self, row: int) -> TraceSummary:
        """Return the summary of trace number `row`."""
        return read_summary(self._connection, row)

    def spans(self, row: int) -> list[Span]:
        """Return the spans of trace number `row`, the first received if there are very many."""
        return read_first_spans(self._connection, row)

    def finish(self) -> None:
        """Let go of the moment at which the search began."""
        self._connection.execute("ROLLBACK")


@contextmanager
def view_of(partition: Partition, time_range: TimeRange) -> Iterator[PartitionView]:
    """Open a view of the partition for the length of a `with` block."""
    with partition.read_connection() as connection:
        view = PartitionView(connection, partition, time_range)
        try:
            yield view
        finally:
            view.finish()
