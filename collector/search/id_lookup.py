"""The stored trace that an id names, in whatever form somebody has it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple

import msgspec

from collector.search.ast import TraceIdHalf
from collector.search.pasted_id import PastedId
from collector.search.search import search
from collector.store.packed_spans import unpack
from collector.store.sqlite import Store, StoredTrace
from collector.trace_ids import TRACE_ID_DIGITS, short_id

MAX_SCANNED_SPANS = 1_000_000
"""Spans among which the one with an id is looked for, the newest ones: no index has them."""
MAX_LIKELY_TRACES = 20
"""Traces of a partition whose bytes have the id somewhere, of which few have the span."""


class NamedTrace(NamedTuple):
    """A stored trace, and the span in it that was asked for."""

    stored: StoredTrace
    span_id: str | None
    """16 hex digits; None if the trace itself was asked for."""


def find_named(store: Store, ids: PastedId) -> NamedTrace | None:
    """Return the trace with one of these ids, or with a span that has one; None if there is
    none. Raises `sqlite3.Error` if it may be where nothing can be read at present."""
    if stored := find_by_trace_id(store, ids):
        has_span = ids.span and _has_span(stored, ids.span)
        return NamedTrace(stored, ids.span if has_span else None)
    for digits in ids.halves:
        for stored in _with_chunk_that_has(store, int(digits, 16)):
            if _has_span(stored, digits):
                return NamedTrace(stored, digits)
    return None


def find_by_trace_id(store: Store, ids: PastedId) -> StoredTrace | None:
    """Return the trace with one of these ids, whole or in part; None if there is none."""
    for whole in (*ids.wholes, *(half.zfill(TRACE_ID_DIGITS) for half in ids.halves)):
        if stored := store.find(whole):
            return stored
    for whole in ids.wholes:  # its client may have known the lower half only
        if stored := store.find(short_id(whole)):
            return stored
    for half in ids.halves:
        for summary in search(store, TraceIdHalf(half), limit=1).traces:
            return store.find(summary.trace_id)
    return None


def _has_span(stored: StoredTrace, digits: str) -> bool:
    number = int(digits, 16)
    return any(span.span_id == number for span in stored.relatives(number))


def _with_chunk_that_has(store: Store, number: int) -> Iterator[StoredTrace]:
    """Yield the traces with a span that may have this number as its id, the newest first."""
    encoded = msgspec.msgpack.encode(number)
    scanned = 0
    for partition in store.partitions():
        scanned += partition.spans
        if scanned > MAX_SCANNED_SPANS and partition.sealed:
            return
        query = (
            "SELECT DISTINCT trace.id, trace.trace_id FROM chunk"
            " JOIN trace ON trace.id = chunk.trace WHERE instr(unpack(chunk.spans), ?)"
            " ORDER BY chunk.id DESC LIMIT ?"
        )
        with suppress(sqlite3.Error), partition.read_connection() as connection:
            connection.create_function("unpack", 1, unpack, deterministic=True)
            for row, trace_id in connection.execute(query, (encoded, MAX_LIKELY_TRACES)).fetchall():
                yield StoredTrace(trace_id, partition, row)
