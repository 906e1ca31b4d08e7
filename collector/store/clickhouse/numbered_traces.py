"""Numbers for the traces of a ClickHouse, by which this process knows what it has computed of
them."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from collector.model import Span
from collector.store import trace_spans
from collector.store.clickhouse.connection import Connection
from collector.store.clickhouse.trace_reader import TraceReader, read_first_spans, read_spans_of
from collector.store.sidecars import Sidecars, SidecarType

MAX_TRACES = 200_000
"""Traces with a number; after them, numbering begins anew, and so does what is kept by number."""
_READ_AHEAD_TRACES = 64
"""Traces whose spans are read at once: those numbered together are mostly asked for together."""
_READ_AHEAD_SPANS = 20_000
"""Spans that are read at once, unless one trace has more."""

_numbers = itertools.count(1)
"""Numbers for numberings: they tell those of several servers apart, and old ones from new."""


class NumberedTraces:
    """Some traces of a ClickHouse by number. Thread-safe."""

    def __init__(self, connection: Connection, folder: Path) -> None:
        """`folder` is where files beside it go."""
        self.number = next(_numbers)
        self._connection = connection
        self._path = folder / f"numbered-{self.number}"
        self._ids: list[str] = [""]  # the first number is 1
        self._spans: list[int] = [0]
        self._row_of: dict[str, int] = {}
        self._ahead: dict[int, list[Span]] = {}
        self._sidecars = Sidecars()
        self._lock = threading.Lock()

    @property
    def is_full(self) -> bool:
        """Whether others should be numbered elsewhere."""
        return len(self._ids) > MAX_TRACES

    def row_of(self, trace_id: str, spans: int) -> int:
        """Return the number of a trace, which has at least so many spans."""
        with self._lock:
            row = self._row_of.get(trace_id)
            if row is None:
                row = self._row_of[trace_id] = len(self._ids)
                self._ids.append(trace_id)
                self._spans.append(spans)
            elif spans != self._spans[row]:
                self._ahead.pop(row, None)  # it has grown since it was read
            self._spans[row] = spans
            return row

    def spans_of(self, row: int) -> list[Span]:
        """Return the spans of trace number `row` that answers are made of, in the order received.
        Raises `ClickHouseError`."""
        with self._lock:
            read = self._ahead.pop(row, None)
        if read is not None:
            return read
        rows = self._few_from(row)
        if len(rows) == 1:
            return TraceReader(self._connection, self._ids[row]).spans()
        found = read_first_spans(self._connection, [self._ids[one] for one in rows])
        with self._lock:
            self._ahead = {one: found[self._ids[one]] for one in rows}
            return self._ahead.pop(row)

    def reading(self, row: int) -> Callable[[], list[Span]]:
        """Return what reads the same in another process."""
        return partial(read_spans_of, self._connection.address, self._ids[row])

    def stored_bytes(self, rows: Sequence[int]) -> dict[int, int]:
        """Return how many bytes the spans of some traces take, by their numbers: as many as spans
        take on average, for ClickHouse compresses those of many traces together. Raises
        `ClickHouseError`."""
        ((size, spans),) = self._connection.rows(
            "SELECT sum(bytes_on_disk), sum(rows) FROM system.parts"
            " WHERE active AND database = currentDatabase() AND table = 'span'"
        )
        return {row: round(self._spans[row] * size / max(1, spans)) for row in rows}

    def sidecar(self, suffix: str, open_file: Callable[[Path, int], SidecarType]) -> SidecarType:
        """Return the open file with this suffix; the first call opens it with `open_file`, which
        gets its path and the number of this numbering."""
        return self._sidecars.opened(self._path.with_suffix(suffix), self.number, open_file)

    def close(self) -> None:
        """Close the files beside it and delete them."""
        self._sidecars.close()
        for path in self._path.parent.glob(f"{self._path.name}.*"):
            path.unlink(missing_ok=True)

    def _few_from(self, row: int) -> list[int]:
        """Return a number and those after it, as long as their traces have few spans."""
        rows = [row]
        # What has more spans than an answer is made of is read by itself, with a selection of them.
        room = min(_READ_AHEAD_SPANS, trace_spans.MAX_TRACE_SPANS) - self._spans[row]
        for following in range(row + 1, min(row + _READ_AHEAD_TRACES, len(self._ids))):
            room -= self._spans[following]
            if room < 0:
                break
            rows.append(following)
        return rows
