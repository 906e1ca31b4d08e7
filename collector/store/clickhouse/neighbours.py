"""Traces that are asked for one after the other: what is asked of one is read of those that follow
it, too."""

from __future__ import annotations

from collections.abc import Sequence

from collector.model import Span
from collector.store import trace_spans
from collector.store.clickhouse.connection import Connection
from collector.store.clickhouse.summaries import read_summaries
from collector.store.clickhouse.trace_reader import read_first_spans
from collector.trace_summary import TraceSummary

READ_AHEAD_TRACES = 64
_READ_AHEAD_SPANS = 20_000


class Neighbours:
    """Some traces, in the order in which they will be asked for. For one thread, and a moment: they
    are as they were when they were read."""

    def __init__(self, connection: Connection, traces: Sequence[tuple[str, int]]) -> None:
        """The traces come with their numbers of spans."""
        self._connection = connection
        self._traces = traces
        self._index_of = {trace_id: index for index, (trace_id, _) in enumerate(traces)}
        self._summaries: dict[str, TraceSummary] = {}
        self._spans: dict[str, list[Span]] = {}
        self._summaries_read = self._spans_read = -1
        """The index of the last trace that was read ahead."""

    def summary(self, trace_id: str) -> TraceSummary | None:
        """Return the summary of a trace; None if it has to be read by itself. Raises
        `ClickHouseError`."""
        index = self._index_of[trace_id]
        if index > self._summaries_read:
            ids = [each for each, _ in self._traces[index : index + READ_AHEAD_TRACES]]
            self._summaries = read_summaries(self._connection, ids)
            self._summaries_read = index + len(ids) - 1
        return self._summaries.get(trace_id)

    def spans(self, trace_id: str) -> list[Span] | None:
        """Return the spans of a trace in the order received; None if it has to be read by itself.
        Raises `ClickHouseError`."""
        index = self._index_of[trace_id]
        if index > self._spans_read:
            if ids := self._few_from(index):
                self._spans = read_first_spans(self._connection, ids)
            self._spans_read = index + max(1, len(ids)) - 1
        return self._spans.get(trace_id)

    def _few_from(self, index: int) -> list[str]:
        """Return a trace and those after it, as long as they have few spans."""
        few: list[str] = []
        room = min(_READ_AHEAD_SPANS, trace_spans.MAX_TRACE_SPANS)
        for trace_id, spans in self._traces[index : index + READ_AHEAD_TRACES]:
            room -= spans
            if room < 0:
                break
            few.append(trace_id)
        return few
