"""A stored trace as an address names it."""

from __future__ import annotations

from collector.http.answers import RefusedError
from collector.http.ids import trace_id_of
from collector.store.sqlite import Store, StoredTrace
from collector.trace_summary import TraceSummary


def stored(store: Store, text: str) -> StoredTrace:
    """The trace with that id. Raises `RefusedError`."""
    trace_id = trace_id_of(text)
    found = store.find(trace_id)
    if found is None:
        raise RefusedError(404, f"no trace {trace_id} is stored: not received, or dropped by age")
    return found


def version_of(summary: TraceSummary) -> str:
    """What changes when a trace grows."""
    return f"{summary.spans:x}-{summary.start:x}-{summary.duration:x}-{summary.errors:x}"
