"""The summaries of traces, each in a row of its partition."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

import msgspec

from collector.trace_summary import TraceSummary

_FIELDS = TraceSummary.__struct_fields__
_SERVICES = _FIELDS.index("services")
_COLUMNS = ", ".join(_FIELDS)
_SELECT = f"SELECT {_COLUMNS} FROM trace WHERE id = ?"  # noqa: S608
_INSERT = f"INSERT INTO trace (id, {_COLUMNS}) VALUES ({', '.join('?' * (len(_FIELDS) + 1))})"  # noqa: S608
_UPDATE = f"UPDATE trace SET {', '.join(f'{f} = ?' for f in _FIELDS)} WHERE id = ?"  # noqa: S608


def read_summary(connection: sqlite3.Connection, row: int) -> TraceSummary:
    """Return the summary of trace number `row`.

    Raises `sqlite3.Error` or `msgspec.DecodeError` if it cannot be read.
    """
    values = list(connection.execute(_SELECT, (row,)).fetchone())
    values[_SERVICES] = msgspec.json.decode(values[_SERVICES])
    return TraceSummary(*values)


def insert_summaries(connection: sqlite3.Connection, summaries: Mapping[int, TraceSummary]) -> None:
    """Insert the summaries of new traces, by their row numbers."""
    rows = [(row, *_values(summary)) for row, summary in summaries.items()]
    connection.executemany(_INSERT, rows)


def update_summaries(connection: sqlite3.Connection, summaries: Mapping[int, TraceSummary]) -> None:
    """Put the summaries of grown traces in the place of what they were, by their row numbers."""
    rows = [(*_values(summary), row) for row, summary in summaries.items()]
    connection.executemany(_UPDATE, rows)


def _values(summary: TraceSummary) -> list[object]:
    values = list(msgspec.structs.astuple(summary))
    values[_SERVICES] = msgspec.json.encode(summary.services).decode()
    return values
