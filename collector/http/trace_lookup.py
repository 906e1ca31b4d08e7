"""Trace and span ids as people and URLs write them, and the stored trace that an id names."""

from __future__ import annotations

from collector.http.answers import RefusedError
from collector.search.id_lookup import find_by_trace_id
from collector.search.pasted_id import NO_ID, pasted_id
from collector.store.trace_store import FoundTrace, TraceStore
from collector.trace_ids import HALF_DIGITS, TRACE_ID_DIGITS, is_hex
from collector.trace_summary import TraceSummary

MAX_SHOWN_CHARS = 40
MAX_NUMBER_DIGITS = 9


def find_trace(store: TraceStore, text: str) -> FoundTrace:
    """Return the stored trace with that id, in any form in which people have it. Raises
    `RefusedError` if it is not a trace id, or if no such trace is stored."""
    ids = pasted_id(text)
    is_short = _is_hex(text, TRACE_ID_DIGITS)
    if is_short and (stored := store.find(text.lower().zfill(TRACE_ID_DIGITS))):
        return stored
    if stored := find_by_trace_id(store, ids):
        return stored
    trace_id = text.lower().zfill(TRACE_ID_DIGITS) if is_short else next(iter(ids.wholes), "")
    if not is_short and ids == NO_ID:
        raise _not_an_id(text, TRACE_ID_DIGITS, "trace")
    name = trace_id or text[:MAX_SHOWN_CHARS]
    if trace_id and store.is_held(trace_id):
        message = f"trace {name} waits to be kept or dropped by the sampling policies; ask again"
        raise RefusedError(404, message, held=True)
    message = f"no trace {name} is stored: it was not received, or was dropped by age"
    raise RefusedError(404, message)


def version_of(summary: TraceSummary) -> str:
    """Return a text that changes when the trace grows."""
    return f"{summary.spans:x}-{summary.start:x}-{summary.duration:x}-{summary.errors:x}"


def parse_span_address(text: str) -> tuple[int, int]:
    """Return a span id, written as 16 hex digits, as a number, and which of the spans with that id
    is meant: `….2` is the second one. Raises `RefusedError` if it is not one."""
    span_id, point, number = text.partition(".")
    is_number = number.isascii() and number.isdigit() and len(number) <= MAX_NUMBER_DIGITS
    if not _is_hex(span_id, HALF_DIGITS) or (point and not is_number):
        raise _not_an_id(text, HALF_DIGITS, "span")
    return int(span_id, 16), int(number or 1)


def _is_hex(text: str, most_digits: int) -> bool:
    return len(text) <= most_digits and is_hex(text.lower())


def _not_an_id(text: str, digits: int, what: str) -> RefusedError:
    message = f"{text[:MAX_SHOWN_CHARS]!r} is not a {what} id; those have up to {digits} hex digits"
    return RefusedError(400, message)
