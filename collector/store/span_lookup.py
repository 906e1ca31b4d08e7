"""Finding the trace of a span by the span's id alone, which no index has."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator

import msgspec

from collector.store.packed_spans import unpack
from collector.store.partition import Partition
from collector.store.stored_trace import StoredTrace

MAX_SCANNED_SPANS = 1_000_000
"""Spans among which the one with an id is looked for, the newest ones."""
MAX_LIKELY_TRACES = 20
"""Traces of a partition whose bytes have the id somewhere, of which few have the span."""
_LIKELY = (
    "SELECT DISTINCT trace.id, trace.trace_id FROM chunk"
    " JOIN trace ON trace.id = chunk.trace WHERE instr(unpack(chunk.spans), ?)"
    " ORDER BY chunk.id DESC LIMIT ?"
)


def traces_with_span(partitions: Iterable[Partition], span_id: int) -> Iterator[StoredTrace]:
    """Yield traces that may have a span with this id, the newest first. The partitions are the
    newest first, too."""
    encoded = msgspec.msgpack.encode(span_id)
    scanned = 0
    for partition in partitions:
        scanned += partition.spans
        if scanned > MAX_SCANNED_SPANS and partition.sealed:
            return
        with contextlib.suppress(sqlite3.Error), partition.read_connection() as connection:
            connection.create_function("unpack", 1, unpack, deterministic=True)
            likely = connection.execute(_LIKELY, (encoded, MAX_LIKELY_TRACES)).fetchall()
            yield from (StoredTrace(trace_id, partition, row) for row, trace_id in likely)
