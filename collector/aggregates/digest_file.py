"""What has been made of a partition's traces and can be made again: a file beside the partition.

Losing it costs time, never data. So nothing waits for the disk here, and whatever is wrong with the
file, it is begun anew.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from collector.store.database import transaction

VERSION = 3
"""Of what lies on the shelf, and of the detectors that made it. What was made by another version is
made again."""

_TABLES = """
CREATE TABLE made_for (mark INTEGER); -- which partition
CREATE TABLE route (
    id INTEGER PRIMARY KEY, service TEXT, resource TEXT, UNIQUE (service, resource)
);
CREATE TABLE card (                 -- a trace in one line, see insight.digest.Card
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
    noted BLOB NOT NULL
);
CREATE TABLE path (id INTEGER PRIMARY KEY, spans INTEGER NOT NULL, sum BLOB NOT NULL);
CREATE TABLE operation (id INTEGER PRIMARY KEY, spans INTEGER NOT NULL, sum BLOB NOT NULL);
CREATE TABLE service (id INTEGER PRIMARY KEY, spans INTEGER NOT NULL, sum BLOB NOT NULL);
CREATE TABLE pack (name TEXT PRIMARY KEY, sum BLOB NOT NULL);  -- of some traces, named by them
"""
_AT_ONCE = 500
"""Rows of one query: others wait for no longer."""


class Shelf:
    """Rows by the number of their trace. Any thread may put and take. Raises `sqlite3.Error`."""

    def __init__(self, path: Path, made_for: int) -> None:
        """`made_for` tells this partition from any other that may once have had its name."""
        self._path = path
        self._lock = threading.Lock()
        try:
            self._connection = _open(path, made_for)
        except sqlite3.Error:
            _remove(path)
            self._connection = _open(path, made_for)
        routes = self._connection.execute("SELECT service, resource, id FROM route")
        self._routes = {(service, resource): number for service, resource, number in routes}

    def take(self, table: str, numbers: Sequence[int]) -> dict[int, tuple[Any, ...]]:
        """The rows of these traces, as far as there are any, by their numbers."""
        found: dict[int, tuple[Any, ...]] = {}
        ordered = sorted(numbers)
        for begin in range(0, len(ordered), _AT_ONCE):
            some = ordered[begin : begin + _AT_ONCE]
            query = f"SELECT * FROM {table} WHERE id IN ({', '.join(map(str, some))})"  # noqa: S608
            with self._lock:
                rows = self._connection.execute(query).fetchall()
            found.update((row[0], row) for row in rows)
        return found

    def packs(self, names: Sequence[str]) -> dict[str, bytes]:
        """The sums under these names, as far as there are any."""
        found: dict[str, bytes] = {}
        for begin in range(0, len(names), _AT_ONCE):
            some = names[begin : begin + _AT_ONCE]
            query = f"SELECT name, sum FROM pack WHERE name IN ({', '.join('?' * len(some))})"  # noqa: S608
            with self._lock:
                found.update(self._connection.execute(query, some).fetchall())
        return found

    def put(self, rows: dict[str, list[tuple[Any, ...]]]) -> None:
        """Add or replace rows, by table."""
        with self._lock, transaction(self._connection):
            for table, some in rows.items():
                if not some:
                    continue
                places = ", ".join("?" * len(some[0]))
                statement = f"INSERT OR REPLACE INTO {table} VALUES ({places})"  # noqa: S608
                self._connection.executemany(statement, some)

    def number_of(self, service: str, resource: str) -> int:
        """The number that stands for a route in a card."""
        route = service, resource
        with self._lock:
            number = self._routes.get(route)
            if number is None:
                statement = "INSERT INTO route (service, resource) VALUES (?, ?)"
                number = self._connection.execute(statement, route).lastrowid or 0
                self._routes[route] = number
        return number

    def routes(self) -> dict[int, tuple[str, str]]:
        """Every route by its number."""
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
        connection.execute("PRAGMA cache_size = -2000")
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if not version:
            connection.executescript(f"BEGIN; {_TABLES} PRAGMA user_version = {VERSION}; COMMIT;")
            connection.execute("INSERT INTO made_for VALUES (?)", (made_for,))
        elif version != VERSION or connection.execute("SELECT * FROM made_for").fetchone() != (
            made_for,
        ):
            raise sqlite3.DatabaseError("made by another version, or for another partition")
    except BaseException:
        connection.close()
        raise
    return connection


def _remove(path: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)
