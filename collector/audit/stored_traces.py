"""The traces that are stored already, the newest first, for an audit."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import suppress

from collector.audit.trace_calls import TraceCalls, read_calls
from collector.store.sqlite import Store, StoredTrace

_WINDOW_TRACES = 256


def stored_traces(store: Store) -> Iterator[StoredTrace]:
    """Yield the traces that are stored now, the newest first; those that are dropped meanwhile are
    left out."""
    for partition in store.partitions():
        for last in range(partition.next_row - 1, 0, -_WINDOW_TRACES):
            rows = range(max(1, last - _WINDOW_TRACES + 1), last + 1)
            sizes: list[tuple[int, str, int]] = []
            with suppress(sqlite3.Error):  # dropped by age
                sizes = partition.trace_sizes(rows)
            for row, trace_id, _ in sorted(sizes, reverse=True):
                yield StoredTrace(trace_id, partition, row)


def calls_of(trace: StoredTrace, is_run_of_interest: Callable[[str], bool]) -> TraceCalls | None:
    """Return the calls in a trace, and the runs of those spans whose names are of interest; None if
    the trace has just been dropped."""
    with suppress(sqlite3.Error, OSError):
        return read_calls(trace.chunks(), is_run_of_interest)
    return None
