"""A trace in the files of a store, as `clickhouse.stored_trace` is one in a ClickHouse."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from typing import NamedTuple

from collector.model import Span
from collector.store.index_terms import tag_term
from collector.store.partition import Partition
from collector.store.span_outline import SpanOutline
from collector.store.trace_spans import (
    SelectedSpans,
    read_chunks,
    read_first_spans,
    read_outline,
    read_relatives,
    read_spans,
)
from collector.trace_summary import TraceSummary


class StoredTrace(NamedTuple):
    """A trace in the store. It may grow between one call and the next."""

    trace_id: str
    partition: Partition
    row: int

    @property
    def place(self) -> tuple[Partition, int]:
        """The partition that it is in, and its number there."""
        return self.partition, self.row

    def summary(self) -> TraceSummary:
        """Return its summary."""
        return self.partition.summary_of(self.row)

    def spans(self) -> list[Span]:
        """Return the spans that answers are made of, in the order received: all of them, or those
        chosen of very many."""
        return self.partition.spans_of(self.row)

    def selected_spans(self) -> SelectedSpans:
        """Return the same, and how they were chosen."""
        with self.partition.read_connection() as connection:
            return read_spans(connection, self.row)

    def first_spans(self) -> list[Span]:
        """Return the first spans received: quicker, where there are very many and any will do."""
        with self.partition.read_connection() as connection:
            return read_first_spans(connection, self.row)

    def chunks(self) -> Iterator[bytes]:
        """Yield its spans as they are stored, one chunk after another, in the order received."""
        with self.partition.read_connection() as connection:
            yield from read_chunks(connection, self.row)

    def outline(self) -> SpanOutline:
        """Return of each span only what the outline has."""
        with self.partition.read_connection() as connection:
            return read_outline(connection, self.row)

    def has_tag(self, key: str, value: str) -> bool:
        """Return whether some span has this tag; the index knows, without reading spans."""
        if self.row in self.partition.recent.with_tag_value(key, value):
            return True
        with self.partition.read_connection() as connection:
            query = "SELECT traces FROM posting WHERE term = ?"
            postings = connection.execute(query, (tag_term(key, value),))
            return any(self.row in array("I", rows) for (rows,) in postings)

    def relatives(self, span_id: int) -> list[Span]:
        """Return the span with this id, and its children."""
        with self.partition.read_connection() as connection:
            return read_relatives(connection, self.row, span_id)
