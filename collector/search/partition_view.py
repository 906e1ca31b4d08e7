"""A partition as one search sees it: as it was when the search began."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from collector.model import Span
from collector.search.ast import Node
from collector.search.candidates import Candidates, Index
from collector.search.order import Cursor, Order
from collector.store.partition import COLUMNS, Partition, to_summary
from collector.store.prepared import spans_of
from collector.trace_summary import Summary

_FEW = 300
"""So many traces are fetched by number; more are picked while going through all in order."""


class Range(NamedTuple):
    """Moments between which a trace starts, ns since 1970; the end does not belong to it."""

    begin: int
    end: int


class View:
    """One partition during one search."""

    def __init__(self, connection: sqlite3.Connection, partition: Partition, span: Range) -> None:
        self._connection = connection
        self.partition = partition
        # The tail first: what is written down meanwhile is then seen twice rather than not at all.
        self._rows = range(1, partition.next_row)
        self._tail = partition.tail
        connection.execute("BEGIN")
        self._range = span
        self._whole = span.begin <= partition.oldest and partition.latest_start < span.end
        self._candidates = Candidates(self._rows, True)

    def look_up(self, node: Node) -> None:
        """Find the candidates, by the index."""
        index = Index(self._connection, self._tail, self._rows)
        self._candidates = index.candidates(node)

    @property
    def exact(self) -> bool:
        """Whether every candidate matches."""
        return self._candidates.exact

    def count(self) -> int:
        """Candidates that start in the range."""
        rows = self._candidates.rows
        if self._whole or not rows:
            return len(rows)
        query = "SELECT id FROM trace WHERE start >= ? AND start < ?"
        found = self._connection.execute(query, self._range)
        return sum(1 for (row,) in found if row in rows)

    def ordered(self, order: Order, after: Cursor | None) -> Iterator[tuple[int, str, int, View]]:
        """Key, trace id and number of each candidate in the range, in order, behind the cursor."""
        rows = self._candidates.rows
        way, beyond = ("DESC", "<") if order.descending else ("ASC", ">")
        conditions = ["start >= ?", "start < ?"]
        values: list[object] = list(self._range)
        if after is not None:
            conditions.append(f"({order.column}, trace_id) {beyond} (?, ?)")
            values += [after.key, after.trace_id]
        if len(rows) <= _FEW:
            conditions.append(f"id IN ({', '.join(map(str, rows))})")
        query = (
            f"SELECT {order.column}, trace_id, id FROM trace WHERE {' AND '.join(conditions)} "  # noqa: S608
            f"ORDER BY {order.column} {way}, trace_id {way}"
        )
        for key, trace_id, row in self._connection.execute(query, values):
            if row in rows:
                yield key, trace_id, row, self

    def newest(self) -> Iterator[tuple[int, str, int, int]]:
        """Start, trace id, number and number of spans of each candidate in the range, the newest
        first."""
        rows = self._candidates.rows
        few = f"AND id IN ({', '.join(map(str, rows))})" if len(rows) <= _FEW else ""
        query = (
            f"SELECT start, trace_id, id, spans FROM trace WHERE start >= ? AND start < ? {few} "  # noqa: S608
            "ORDER BY start DESC, trace_id DESC"
        )
        for found in self._connection.execute(query, self._range):
            if found[2] in rows:
                yield found

    def measures(self) -> list[tuple[int, int, int, str]]:
        """Duration, spans, errors and trace id of each candidate in the range."""
        columns = "duration, spans, errors, trace_id"
        where = "" if self._whole else "WHERE start >= ? AND start < ?"
        values = () if self._whole else self._range
        rows = self._candidates.rows
        if rows is self._rows:
            query = f"SELECT {columns} FROM trace {where}"  # noqa: S608
            return self._connection.execute(query, values).fetchall()
        query = f"SELECT id, {columns} FROM trace {where}"  # noqa: S608
        found = self._connection.execute(query, values)
        return [each[1:] for each in found if each[0] in rows]

    def summary(self, row: int) -> Summary:
        """The summary of a trace."""
        query = f"SELECT {COLUMNS} FROM trace WHERE id = ?"  # noqa: S608
        return to_summary(self._connection.execute(query, (row,)).fetchone())

    def spans(self, row: int) -> list[Span]:
        """The spans of a trace."""
        query = "SELECT spans FROM chunk WHERE trace = ?"
        blobs = self._connection.execute(query, (row,)).fetchall()
        return [span for (blob,) in blobs for span in spans_of(blob)]

    def finish(self) -> None:
        """Let go of the moment at which the search began."""
        self._connection.execute("ROLLBACK")


@contextmanager
def view_of(partition: Partition, span: Range) -> Iterator[View]:
    """The partition for the length of a `with` block."""
    with partition.reader() as connection:
        view = View(connection, partition, span)
        try:
            yield view
        finally:
            view.finish()
