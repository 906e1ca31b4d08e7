"""The stored trace that an id names, in whatever form somebody has it."""

from __future__ import annotations

from typing import NamedTuple

from collector.search.ast import TraceIdHalf
from collector.search.pasted_id import PastedId
from collector.search.search import search
from collector.store.trace_store import FoundTrace, TraceStore
from collector.trace_ids import TRACE_ID_DIGITS, short_id


class NamedTrace(NamedTuple):
    """A stored trace, and the span in it that was asked for."""

    stored: FoundTrace
    span_id: str | None
    """16 hex digits; None if the trace itself was asked for."""


def find_named(store: TraceStore, ids: PastedId) -> NamedTrace | None:
    """Return the trace with one of these ids, or with a span that has one; None if there is
    none. Raises `sqlite3.Error` if it may be where nothing can be read at present."""
    if stored := find_by_trace_id(store, ids):
        has_span = ids.span and _has_span(stored, ids.span)
        return NamedTrace(stored, ids.span if has_span else None)
    for digits in ids.halves:
        for stored in store.with_span(int(digits, 16)):
            if _has_span(stored, digits):
                return NamedTrace(stored, digits)
    return None


def find_by_trace_id(store: TraceStore, ids: PastedId) -> FoundTrace | None:
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


def _has_span(stored: FoundTrace, digits: str) -> bool:
    number = int(digits, 16)
    return any(span.span_id == number for span in stored.relatives(number))
