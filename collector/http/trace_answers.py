"""The columns of traces, encoded: made once, and those of large traces before anybody asks.

Reading 100,000 spans and arranging them takes half a second of a processor. So they are arranged a
moment after they have arrived, and what came of it is kept beside them.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress

import msgspec

from collector.background_thread import BackgroundThread
from collector.bytes_cache import BytesCache
from collector.http.selection_json import selection_json
from collector.http.trace_json import trace_columns, trace_head
from collector.http.trace_lookup import version_of
from collector.store.answer_file import keep_answer, read_answer
from collector.store.clickhouse.connection import ClickHouseError
from collector.store.large_reads import BusyReadingError, large_reads
from collector.store.partition import Partition
from collector.store.trace_store import FoundTrace, TraceStore
from collector.trace_summary import TraceSummary

LARGE_SPANS = 10_000
"""Spans from which a trace is arranged in advance."""
SETTLED_S = 0.2
"""How long a trace must not have grown."""
QUIET_S = 0.05
"""How long no request must have been served."""
MAX_PATIENCE_S = 2.0
"""How long a settled trace waits for that: where requests never end, it is read all the same."""
MAX_SHARE_BUSY = 1 / 10
"""Share of the time that is spent on it where requests never end, at most."""
MAX_WAITING = 200
"""Large traces that wait. If more arrive, the oldest are arranged when somebody asks."""
MAX_ROUND_S = 60.0
"""A round that takes longer is stuck."""
_IDLE_S = 1.0


class TraceAnswers:
    """Answers about whole traces. May be used from any thread."""

    def __init__(self, store: TraceStore, is_quiet: Callable[[float], bool]) -> None:
        """`is_quiet` tells whether no request has been served for that many seconds."""
        self._store = store
        self._is_quiet = is_quiet
        self._cache = BytesCache()
        self._waiting: dict[str, float] = {}
        """By trace id, the moment (of `time.monotonic`) when it grew last; the latest last."""
        self._closed = False
        self._lock = threading.Condition()
        self._thread = BackgroundThread("arranges large traces", self._round, MAX_ROUND_S)

    def answer(self, stored: FoundTrace, summary: TraceSummary) -> bytes:
        """Return the answer of `/api/trace/<id>`. Raises `sqlite3.Error` if the trace cannot be
        read, `BusyReadingError` if it is large and others are being read."""
        why = self._store.why_kept([stored.trace_id]).get(stored.trace_id)
        head = msgspec.json.encode(trace_head(self._store.catalog, summary, why))
        columns = self._columns(stored, summary)
        return b"".join((head[:-1], b",", memoryview(columns)[1:]))  # two objects become one

    def put(self, summaries: Iterable[TraceSummary]) -> None:
        """Have the large ones of these traces arranged, which have just grown. Called by the thread
        that writes, so it does no more than note them."""
        large = [summary.trace_id for summary in summaries if summary.spans >= LARGE_SPANS]
        if not large:
            return
        with self._lock:
            for trace_id in large:
                self._waiting.pop(trace_id, None)
                self._waiting[trace_id] = time.monotonic()
            while len(self._waiting) > MAX_WAITING:
                del self._waiting[next(iter(self._waiting))]
            self._lock.notify()

    def start(self) -> None:
        """Begin to arrange large traces, in a thread of its own."""
        self._thread.start()

    def problem(self) -> str:
        """Return what is wrong with the thread; "" if nothing is."""
        return self._thread.problem()

    def close(self) -> None:
        """Stop arranging soon."""
        with self._lock:
            self._closed = True
            self._lock.notify()

    def _columns(self, stored: FoundTrace, summary: TraceSummary) -> bytes:
        """Return the part of the answer that stays the same until the trace grows."""
        version = version_of(summary)

        def make() -> bytes:
            kept = None
            part, row = stored.place
            if summary.spans >= LARGE_SPANS and isinstance(part, Partition):
                kept = read_answer(part, row, version)
            return kept or _make(stored, summary)

        return self._cache.get((stored.trace_id, version), make)

    def _round(self) -> bool:
        with self._lock:
            if not self._waiting and not self._closed:
                self._lock.wait(_IDLE_S)
            if self._closed:
                return False
            trace_id, grown_at = next(iter(self._waiting.items()), ("", 0.0))
        if not trace_id:
            return True
        began = time.monotonic()
        settled_for = began - grown_at - SETTLED_S
        is_quiet = self._is_quiet(QUIET_S)
        if settled_for < 0 or not (is_quiet or settled_for > MAX_PATIENCE_S):
            time.sleep(QUIET_S)
            return True
        with self._lock:
            if self._waiting.get(trace_id) != grown_at:
                return True
            del self._waiting[trace_id]
        # Dropped or closed meanwhile, no room, or somebody is reading another one.
        with suppress(sqlite3.Error, ClickHouseError, OSError, BusyReadingError):
            self._arrange(trace_id)
        if not is_quiet:
            time.sleep((time.monotonic() - began) * (1 / MAX_SHARE_BUSY - 1))
        return True

    def _arrange(self, trace_id: str) -> None:
        """Make the answer about a trace, and keep it beside its partition."""
        stored = self._store.find(trace_id)
        if stored:
            summary = stored.summary()
            columns = self._columns(stored, summary)
            part, row = stored.place
            if isinstance(part, Partition):  # in a ClickHouse there is nothing beside the traces
                keep_answer(part, row, version_of(summary), columns)


def _make(stored: FoundTrace, summary: TraceSummary) -> bytes:
    with large_reads.turn(summary.spans):
        spans, selection = stored.selected_spans()
        columns = trace_columns(summary, spans)
        rows = len(columns["columns"]["id"])
        return msgspec.json.encode(columns | selection_json(summary, selection, rows))
