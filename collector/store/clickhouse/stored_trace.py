"""A trace in ClickHouse."""

from __future__ import annotations

from collector.store.clickhouse.connection import Connection
from collector.store.clickhouse.numbered_traces import NumberedTraces
from collector.store.clickhouse.trace_reader import TraceReader


class ClickHouseTrace(TraceReader):
    """A trace in the store."""

    def __init__(self, connection: Connection, trace_id: str, numbered: NumberedTraces) -> None:
        """`numbered` gives the trace a number, once it is asked for."""
        super().__init__(connection, trace_id)
        self._numbered = numbered

    @property
    def place(self) -> tuple[NumberedTraces, int]:
        """What gives it a number, and that number. Raises `ClickHouseError`."""
        return self._numbered, self._numbered.row_of(self.trace_id, self.summary().spans)
