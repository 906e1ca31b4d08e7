"""A trace in ClickHouse."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from collector.model import Span
from collector.store.clickhouse.connection import Connection
from collector.store.clickhouse.neighbours import Neighbours
from collector.store.clickhouse.numbered_traces import NumberedTraces
from collector.store.clickhouse.trace_reader import TraceReader
from collector.trace_summary import TraceSummary

_encode = msgspec.msgpack.Encoder().encode


class ClickHouseTrace(TraceReader):
    """A trace in the store."""

    def __init__(
        self,
        connection: Connection,
        trace_id: str,
        numbered: NumberedTraces,
        neighbours: Neighbours | None = None,
    ) -> None:
        """`numbered` gives the trace a number, once it is asked for. What is asked first is read
        together with what is asked of its `neighbours`."""
        super().__init__(connection, trace_id)
        self._numbered = numbered
        self._neighbours = neighbours

    @property
    def place(self) -> tuple[NumberedTraces, int]:
        """What gives it a number, and that number. Raises `ClickHouseError`."""
        return self._numbered, self._numbered.row_of(self.trace_id, self.summary().spans)

    def summary(self) -> TraceSummary:
        """Return its summary."""
        found = self._neighbours and self._neighbours.summary(self.trace_id)
        return found or super().summary()

    def spans(self) -> list[Span]:
        """Return the spans that answers are made of, in the order received: all of them, or those
        chosen of very many."""
        found = self._neighbours and self._neighbours.spans(self.trace_id)
        return found or super().spans()

    def chunks(self) -> Iterator[bytes]:
        """Yield its spans as msgpack, some at a time, in the order received."""
        spans = self._neighbours and self._neighbours.spans(self.trace_id)
        if spans:
            yield _encode(spans)
        else:
            yield from super().chunks()
