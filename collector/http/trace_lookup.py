"""Trace and span ids as people and URLs write them, and the stored trace that an id names."""

from __future__ import annotations

from collector.http.answers import RefusedError
from collector.store.sqlite import Store, StoredTrace
from collector.trace_summary import TraceSummary


def find_trace(store: Store, text: str) -> StoredTrace:
    """Return the stored trace with that id. Raises `RefusedError` if it is not a trace id, or if no
    such trace is stored."""
    trace_id = parse_trace_id(text)
    stored = store.find(trace_id)
    if stored is None:
        message = f"no trace {trace_id} is stored: it was not received, or was dropped by age"
        raise RefusedError(404, message)
    return stored


def version_of(summary: TraceSummary) -> str:
    """Return a text that changes when the trace grows."""
    return f"{summary.spans:x}-{summary.start:x}-{summary.duration:x}-{summary.errors:x}"


def parse_trace_id(text: str) -> str:
    """Return the 32 hex digits of a trace id, with leading zeros. Raises `RefusedError` if it is
    not one."""
    return _hex(text, 32, "trace")


def parse_span_id(text: str) -> int:
    """Return a span id, written as 16 hex digits, as a number. Raises `RefusedError` if it is not
    one."""
    return int(_hex(text, 16, "span"), 16)


def _hex(text: str, digits: int, what: str) -> str:
    lower = text.lower()
    if not 0 < len(lower) <= digits or lower.strip("0123456789abcdef"):
        message = f"{text[:40]!r} is not a {what} id; those have up to {digits} hex digits"
        raise RefusedError(400, message)
    return lower.zfill(digits)
