"""SQLite the way the store uses it: write-ahead log, every commit on disk before it returns."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

SUFFIXES = ("", "-wal", "-shm")
"""What the files of a database have after its name."""
IN_LIST = "IN (SELECT value FROM json_each(?))"
"""A condition of a query, with `as_list(values)` as its parameter.

The values are not written into the query: a connection keeps its last 128 statements prepared, and
one with 500 numbers in it takes 70 kB."""


def as_list(values: Iterable[int] | Iterable[str]) -> str:
    """Return the parameter of `IN_LIST`."""
    return msgspec.json.encode(list(values)).decode()


def connect(path: Path, *, write: bool = False) -> sqlite3.Connection:
    """Return a connection in autocommit mode, usable from any thread, one at a time.

    Raises `sqlite3.Error` if the file cannot be opened, `OSError` if it cannot be written to.
    """
    if write and path.exists():
        # SQLite would open a file read-only without a word. No connection of this process may be
        # open now: closing the descriptor would take its locks away.
        os.close(os.open(path, os.O_RDWR | os.O_CLOEXEC))
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={'rwc' if write else 'rw'}",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        timeout=5,
    )
    try:
        _configure(connection, write)
    except BaseException:
        connection.close()
        raise
    return connection


def _configure(connection: sqlite3.Connection, write: bool) -> None:
    if write:
        # FULL: a commit is on the disk, not in its cache, before it returns.
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA cache_size = -8000")
        connection.execute("PRAGMA wal_autocheckpoint = 4000")
    else:
        connection.execute("PRAGMA query_only = 1")
        connection.execute("PRAGMA cache_size = -500")


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Commit all of the `with` block, or none of it if the block raises."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        with contextlib.suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise


def remove_database(path: Path) -> None:
    """Remove the files of a database, if there are any."""
    for suffix in SUFFIXES:
        Path(f"{path}{suffix}").unlink(missing_ok=True)


def rename_database(path: Path, new_path: Path) -> None:
    """Rename the files of a database that is closed."""
    for suffix in SUFFIXES:
        with contextlib.suppress(FileNotFoundError):
            os.rename(f"{path}{suffix}", f"{new_path}{suffix}")


def inode_at(path: Path) -> int:
    """Return the inode of the file there; 0 if there is none. Raises `OSError` if that cannot be
    told."""
    try:
        return path.stat().st_ino
    except FileNotFoundError:
        return 0


def sync_folder(folder: Path) -> None:
    """Put the names in a folder on the disk: a new one may be lost in a power failure."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
