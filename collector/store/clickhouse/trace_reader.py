"""Reading the spans of traces from ClickHouse."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import closing
from itertools import compress
from typing import Any

import msgspec

from collector.model import Span
from collector.store import trace_spans
from collector.store.clickhouse.address import Address
from collector.store.clickhouse.bound_values import BoundValues
from collector.store.clickhouse.connection import ClickHouseError, Connection
from collector.store.clickhouse.span_rows import READ_COLUMNS, spans_in
from collector.store.clickhouse.summaries import read_summaries
from collector.store.span_outline import SpanOutline
from collector.store.span_selection import select_spans
from collector.store.trace_spans import SelectedSpans
from collector.trace_summary import TraceSummary

PAGE_SPANS = 20_000
"""Spans that are read at a time."""
_OUTLINE_COLUMNS = "span_id, parent_id, '', '', '', '', start, duration, error"
_encode = msgspec.msgpack.Encoder().encode


def read_first_spans(connection: Connection, trace_ids: Collection[str]) -> dict[str, list[Span]]:
    """Return all spans of some traces that have few, by their ids, in the order received. Raises
    `ClickHouseError`."""
    values = BoundValues()
    query = (
        f"SELECT upper, lower, {READ_COLUMNS} FROM span"
        f" WHERE (lower, upper) IN {values.ids(trace_ids)}"
        " ORDER BY received LIMIT 1 BY lower, upper, identity"
    )
    found: dict[str, list[Span]] = {trace_id: [] for trace_id in trace_ids}
    for upper, lower, *row in connection.rows(query, values):
        found[f"{upper:016x}{lower:016x}"] += spans_in([row])
    return found


def read_spans_of(address: Address, trace_id: str) -> list[Span]:
    """Return the spans of a trace that answers are made of, in the order received, by way of a
    connection of its own. Raises `ClickHouseError`."""
    with closing(Connection(address)) as connection:
        return TraceReader(connection, trace_id).spans()


def has_tag(key: str, value: str, values: BoundValues) -> str:
    """Return the condition on a span that it has a tag with a value."""
    return (
        f"arrayExists((a_key, text) -> a_key = {values.text(key)} AND text = {values.text(value)},"
        " tag.key, tag.value)"
    )


class TraceReader:
    """Reads one trace. It may grow between one call and the next; each of them raises
    `ClickHouseError` if it cannot be read."""

    def __init__(self, connection: Connection, trace_id: str) -> None:
        self._connection = connection
        self.trace_id = trace_id

    def summary(self) -> TraceSummary:
        """Return its summary."""
        found = read_summaries(self._connection, [self.trace_id])
        if not found:
            raise ClickHouseError(f"trace {self.trace_id} has just been dropped because of its age")
        return found[self.trace_id]

    def spans(self) -> list[Span]:
        """Return the spans that answers are made of, in the order received: all of them, or those
        chosen of very many."""
        return self.selected_spans().spans

    def selected_spans(self) -> SelectedSpans:
        """Return the same, and how they were chosen."""
        spans: list[Span] = []
        for page in self._pages(READ_COLUMNS):
            spans += spans_in(page)
            if len(spans) > trace_spans.MAX_TRACE_SPANS:
                break
        else:
            return SelectedSpans(spans, None)
        selection = select_spans(self.outline(), trace_spans.MAX_TRACE_SPANS)
        return SelectedSpans(list(self._chosen(selection.chosen)), selection)

    def first_spans(self) -> list[Span]:
        """Return the first spans received: quicker, where there are very many and any will do."""
        spans: list[Span] = []
        for page in self._pages(READ_COLUMNS):
            spans += spans_in(page)
            if len(spans) >= trace_spans.MAX_TRACE_SPANS:
                break
        return spans

    def chunks(self) -> Iterator[bytes]:
        """Yield its spans as msgpack, some at a time, in the order received."""
        for page in self._pages(READ_COLUMNS):
            yield _encode(list(spans_in(page)))

    def outline(self) -> SpanOutline:
        """Return of each span only what the outline has."""
        return SpanOutline(_encode(page) for page in self._pages(_OUTLINE_COLUMNS))

    def has_tag(self, key: str, value: str) -> bool:
        """Return whether some span has this tag."""
        values = BoundValues()
        here, condition = self._is_here(values), has_tag(key, value, values)
        query = f"SELECT 1 FROM span WHERE {here} AND {condition} LIMIT 1"
        return bool(self._connection.rows(query, values))

    def relatives(self, span_id: int) -> list[Span]:
        """Return the span with this id, and up to `MAX_TRACE_SPANS` of its children."""
        values = BoundValues()
        wanted = values.unsigned(span_id)
        query = (
            f"SELECT {READ_COLUMNS} FROM (SELECT * FROM span WHERE {self._is_here(values)}"
            f" AND (span_id = {wanted} OR parent_id = {wanted})"
            f" ORDER BY received LIMIT 1 BY identity) ORDER BY span_id != {wanted}, received"
            f" LIMIT {trace_spans.MAX_TRACE_SPANS}"
        )
        return list(spans_in(self._connection.rows(query, values)))

    def _chosen(self, chosen: bytearray) -> Iterator[Span]:
        """Yield the chosen spans; those that came since are not looked at."""
        begin = 0
        for page in self._pages(READ_COLUMNS):
            flags = chosen[begin : begin + len(page)]
            begin += len(page)
            yield from spans_in(compress(page, flags))

    def _pages(self, columns: str) -> Iterator[list[list[Any]]]:
        """Yield the spans some at a time, each of them once, in the order received."""
        received = identity = 0
        seen: set[int] = set()
        while True:
            values = BoundValues()
            here = self._is_here(values)
            after = f"({values.unsigned(received)}, {values.unsigned(identity)})"
            rows = self._connection.rows(
                f"SELECT received, identity, {columns} FROM span WHERE {here}"
                f" AND (received, identity) > {after}"
                f" ORDER BY received, identity LIMIT {PAGE_SPANS}",
                values,
            )
            page: list[list[Any]] = []
            for received, identity, *row in rows:  # noqa: B007 the last ones begin the next page
                if identity not in seen:
                    seen.add(identity)
                    page.append(row)
            yield page
            if len(rows) < PAGE_SPANS:
                return

    def _is_here(self, values: BoundValues) -> str:
        lower, upper = int(self.trace_id[16:], 16), int(self.trace_id[:16], 16)
        return f"lower = {values.unsigned(lower)} AND upper = {values.unsigned(upper)}"
