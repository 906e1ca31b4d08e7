"""The file of digests beside a partition: what was computed from its traces, and can be again.

Losing it costs time, never data. So nothing waits for the disk here, and a file with which anything
is wrong is replaced by a new one.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from collector.store.database import IN_LIST, as_list, remove_database, transaction
from collector.store.file_errors import is_damage
from collector.store.trace_store import TracePart

VERSION = 11
"""The version of these tables and of the detectors whose findings they hold. A file of another
version is replaced."""

_TABLES = """
CREATE TABLE made_for (mark INTEGER); -- the partition's mark
CREATE TABLE route (
    id INTEGER PRIMARY KEY, service TEXT, resource TEXT, UNIQUE (service, resource)
);
CREATE TABLE card (                 -- a trace in one row, see collector.aggregates.digest.Card
    id INTEGER PRIMARY KEY,         -- number of the trace
    spans INTEGER NOT NULL,         -- how many it had when this was made
    route INTEGER NOT NULL,
    start INTEGER NOT NULL,
    duration INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    weight INTEGER NOT NULL,
    version TEXT NOT NULL,
    status TEXT NOT NULL,
    found BLOB NOT NULL,
    noted BLOB NOT NULL,
    owed BLOB NOT NULL
);
CREATE TABLE sums (                 -- what it adds to sums, see collector.aggregates.digest.Digest
    id INTEGER PRIMARY KEY,
    spans INTEGER NOT NULL,
    sums BLOB NOT NULL              -- packed msgpack: a map of sums by the names of their keyings
);
"""
_QUERY_ROWS = 500
"""Rows of one query: other threads wait no longer than it takes."""


def digest_file_of(partition: TracePart) -> DigestFile:
    """Return the partition's file of digests. Raises `sqlite3.Error` if it cannot be opened."""
    return partition.sidecar(".digests", DigestFile)


class DigestFile:
    """Rows by the row number of their trace, for any thread.

    Every method raises `sqlite3.Error` if the file cannot be read or written.
    """

    def __init__(self, path: Path, made_for: int) -> None:
        """Open the file, or create it.

        `made_for` is the partition's mark: a file made for another partition of the same name is
        replaced.
        """
        self._path = path
        self._lock = threading.Lock()
        try:
            self._connection = _open(path, made_for)
        except (sqlite3.Error, _OutdatedError) as error:
            if not (isinstance(error, _OutdatedError) or is_damage(error)):
                raise  # such as a full disk: as good as before when that is over
            remove_database(path)
            self._connection = _open(path, made_for)
        try:
            routes = self._connection.execute("SELECT service, resource, id FROM route")
            self._routes = {(service, resource): number for service, resource, number in routes}
        except BaseException:
            self._connection.close()
            raise

    def take(self, table: str, numbers: Sequence[int]) -> dict[int, tuple[Any, ...]]:
        """Return those rows of these traces that there are, by the traces' numbers."""
        row_of: dict[int, tuple[Any, ...]] = {}
        ordered = sorted(numbers)
        for begin in range(0, len(ordered), _QUERY_ROWS):
            batch = ordered[begin : begin + _QUERY_ROWS]
            query = f"SELECT * FROM {table} WHERE id {IN_LIST}"  # noqa: S608
            with self._lock:
                rows = self._connection.execute(query, (as_list(batch),)).fetchall()
            row_of.update((row[0], row) for row in rows)
        return row_of

    def put(self, rows: dict[str, list[tuple[Any, ...]]]) -> None:
        """Add or replace rows, by table."""
        with self._lock, transaction(self._connection):
            for table, table_rows in rows.items():
                if not table_rows:
                    continue
                places = ", ".join("?" * len(table_rows[0]))
                statement = f"INSERT OR REPLACE INTO {table} VALUES ({places})"  # noqa: S608
                self._connection.executemany(statement, table_rows)

    def number_of(self, service: str, resource: str) -> int:
        """Return the number that stands for a route in a card."""
        route = service, resource
        with self._lock:
            number = self._routes.get(route)
            if number is None:
                statement = "INSERT INTO route (service, resource) VALUES (?, ?)"
                number = self._connection.execute(statement, route).lastrowid or 0
                self._routes[route] = number
        return number

    def routes(self) -> dict[int, tuple[str, str]]:
        """Return every route by its number."""
        with self._lock:
            return {number: route for route, number in self._routes.items()}

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()


def _open(path: Path, made_for: int) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=5)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA cache_size = -500")  # a file of these for every partition
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if not version:
            connection.executescript(f"BEGIN; {_TABLES} PRAGMA user_version = {VERSION}; COMMIT;")
            connection.execute("INSERT INTO made_for VALUES (?)", (made_for,))
        elif version != VERSION or connection.execute("SELECT * FROM made_for").fetchone() != (
            made_for,
        ):
            raise _OutdatedError
    except BaseException:
        connection.close()
        raise
    return connection


class _OutdatedError(Exception):
    """A file that was made by another version, or for another partition."""
