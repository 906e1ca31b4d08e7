"""What is written down of a sealed partition, so that opening it need not read all of it."""

from __future__ import annotations

import sqlite3
from contextlib import suppress

import msgspec

from collector.store.trace_filter import TraceFilter

_KEY = "seal_record"


class PartitionTotals(msgspec.Struct, array_like=True, frozen=True):
    """How much is in a partition, and from when. Times are ns since 1970, 0 if it is empty."""

    traces: int
    spans: int
    next_row: int
    """Number of the next row of the table `trace`."""
    oldest: int
    """The first start of a trace."""
    latest_start: int
    """The last one."""
    newest: int
    """The last end of a trace."""


class SealRecord(msgspec.Struct, array_like=True, frozen=True):
    """Totals and filter of a sealed partition. Spans that come late make it outdated."""

    last_chunk: int
    """Number of the last chunk that is counted."""
    totals: PartitionTotals
    filter_size: int
    """Bits in the filter over the ids of its traces."""
    filter_bits: bytes

    @property
    def trace_filter(self) -> TraceFilter:
        """The filter over the ids of its traces."""
        return TraceFilter(self.filter_size, self.filter_bits)


def stored_record(connection: sqlite3.Connection) -> SealRecord | None:
    """Return what was written down of a sealed partition; None if that is outdated or missing.

    Raises `sqlite3.Error` if the partition cannot be read.
    """
    found = connection.execute("SELECT value FROM state WHERE key = ?", (_KEY,)).fetchone()
    with suppress(msgspec.DecodeError, TypeError):
        record = msgspec.msgpack.decode(found[0], type=SealRecord)
        if record.last_chunk == _last_chunk(connection):
            return record
    return None


def new_record(connection: sqlite3.Connection) -> SealRecord:
    """Return what there is to be written down of a partition, by reading all of its traces.

    Raises `sqlite3.Error` if they cannot be read.
    """
    ids = connection.execute("SELECT trace_id FROM trace").fetchall()
    try:
        known = TraceFilter.of(trace_id for (trace_id,) in ids)
    except ValueError:
        raise sqlite3.DatabaseError("a trace id in it is not hexadecimal") from None
    return SealRecord(_last_chunk(connection), read_totals(connection), known.size, known.bits)


def write_record(connection: sqlite3.Connection, record: SealRecord) -> None:
    """Write it down; without room for it, opening the partition only takes longer."""
    with suppress(sqlite3.OperationalError):
        values = (_KEY, msgspec.msgpack.encode(record))
        connection.execute("INSERT OR REPLACE INTO state VALUES (?, ?)", values)


def read_totals(connection: sqlite3.Connection) -> PartitionTotals:
    """Return how much is in a partition, by reading all of its traces.

    Raises `sqlite3.Error` if it cannot be read.
    """
    return PartitionTotals(
        *connection.execute(
            "SELECT count(*), ifnull(sum(spans), 0), ifnull(max(id), 0) + 1, ifnull(min(start), 0),"
            " ifnull(max(start), 0), ifnull(max(start + duration), 0) FROM trace"
        ).fetchone()
    )


def _last_chunk(connection: sqlite3.Connection) -> int:
    (number,) = connection.execute("SELECT ifnull(max(id), 0) FROM chunk").fetchone()
    return int(number)
