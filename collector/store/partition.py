"""A partition: one SQLite file with some of the traces, each of them whole."""

from __future__ import annotations

import secrets
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from collector.aggregates.digest_file import Shelf
from collector.model import Span
from collector.store import schema
from collector.store.bloom_filter import TraceFilter
from collector.store.database import connect
from collector.store.index_terms import features_of
from collector.store.prepared import spans_of
from collector.store.recent_index import Tail
from collector.trace_summary import Summary

COLUMNS = ", ".join(Summary.__struct_fields__)
_IDLE_READERS = 2


class Partition:
    """One file, open for reading by many threads and for writing by one.

    The last partition is *active*: it takes the new traces, and memory holds where they are and
    the index of the newest. The others are *full*: they only take spans that come late.
    """

    def __init__(self, path: Path) -> None:
        """Open the file or make a new one. Raises `sqlite3.Error` or `BadFileError`."""
        self.path = path
        self.number = int(path.stem)
        self.writer = connect(path, write=True)
        self.tail = Tail()
        self.rows: dict[str, int] = {}
        """Trace id → number of the trace; of the active partition only."""
        self._inode = path.stat().st_ino
        self._idle: list[sqlite3.Connection] = []
        self._idle_lock = threading.Lock()
        self._closed = False
        self._shelf: Shelf | None = None
        self._shelf_lock = threading.Lock()
        try:
            if not self.writer.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
                schema.create(self.writer)
                self.set_state("created", int(time.time()))
                self.set_state("mark", secrets.randbits(62))
            (version,) = self.writer.execute("PRAGMA user_version").fetchone()
            if version != schema.VERSION:
                raise BadFileError(
                    f"it is of version {version}, this collector reads {schema.VERSION}"
                )
            self._load()
        except BaseException:
            self.writer.close()
            raise

    def _load(self) -> None:
        execute = self.writer.execute
        self.full = self.state("full") == 1
        self.segments: int = self.state("segments") or 0
        self.created: int = self.state("created") or 0
        """When the file was made, seconds since 1970."""
        self.traces, self.spans, self.oldest, self.newest, self.next_row = execute(
            "SELECT count(*), ifnull(sum(spans), 0), ifnull(min(start), 0), "
            "ifnull(max(start + duration), 0), ifnull(max(id), 0) + 1 FROM trace"
        ).fetchone()
        self._mark = self.state("mark") or self.created
        """Tells this file from others that had or will have its name."""
        self.latest_start: int = execute("SELECT ifnull(max(start), 0) FROM trace").fetchone()[0]
        self.filter = TraceFilter(())
        if self.full:
            self.settle()
        else:
            self.rows = dict(execute("SELECT trace_id, id FROM trace"))
            indexed = self.state("indexed") or 0
            late = execute("SELECT trace, spans FROM chunk WHERE id > ? ORDER BY id", (indexed,))
            for row, blob in late:
                spans = spans_of(blob)
                self.tail.add(row, features_of(spans), len(spans))

    def state(self, key: str) -> int | None:
        """A number kept in the file."""
        found = self.writer.execute("SELECT value FROM state WHERE key = ?", (key,)).fetchone()
        return found[0] if found else None

    def set_state(self, key: str, value: int) -> None:
        """Keep a number in the file."""
        self.writer.execute("INSERT OR REPLACE INTO state VALUES (?, ?)", (key, value))

    @contextmanager
    def reader(self) -> Iterator[sqlite3.Connection]:
        """A connection for reading, for the length of a `with` block."""
        with self._idle_lock:
            connection = self._idle.pop() if self._idle else None
        if connection is None:
            connection = connect(self.path)
        try:
            yield connection
        finally:
            with self._idle_lock:
                keep = not self._closed and len(self._idle) < _IDLE_READERS
                if keep:
                    self._idle.append(connection)
            if not keep:
                connection.close()

    @property
    def shelf(self) -> Shelf:
        """Where what has been made of the traces is kept. Raises `sqlite3.Error`."""
        with self._shelf_lock:
            if self._shelf is None:
                if self._closed:
                    raise sqlite3.ProgrammingError("the partition is closed")
                self._shelf = Shelf(self._shelf_path, self._mark)
            return self._shelf

    @property
    def _shelf_path(self) -> Path:
        return self.path.with_suffix(".shelf")

    def settle(self) -> None:
        """Make a full partition need little memory: a filter instead of all of its traces, and a
        small cache."""
        self.writer.execute("PRAGMA cache_size = -500")
        self.writer.execute("PRAGMA shrink_memory")
        ids = self.writer.execute("SELECT trace_id FROM trace").fetchall()
        self.filter = TraceFilter(trace_id for (trace_id,) in ids)

    def is_in_place(self) -> bool:
        """Whether the file still is where it was: one that was deleted takes everything, and keeps
        none of it."""
        try:
            return self.path.stat().st_ino == self._inode
        except FileNotFoundError:
            return False

    @property
    def written(self) -> float:
        """When the file was last written to, seconds since 1970."""
        return self.path.stat().st_mtime

    def may_hold(self, trace_id: str) -> bool:
        """False if the trace is surely not here."""
        return self.filter.may_hold(trace_id) if self.full else trace_id in self.rows

    def find(self, trace_id: str) -> int | None:
        """The number of the trace, if it is here."""
        rows = self.rows
        if not self.full:
            return rows.get(trace_id)
        with self.reader() as connection:
            query = "SELECT id FROM trace WHERE trace_id = ?"
            found = connection.execute(query, (trace_id,)).fetchone()
        return found[0] if found else None

    def spans_of(self, row: int, mentioning: int | None = None) -> list[Span]:
        """The spans of trace number `row`, in the order received.

        With `mentioning`, at least those that have this id or a parent of this id: chunks in which
        the number does not occur are not decoded.
        """
        query = "SELECT spans FROM chunk WHERE trace = ? ORDER BY id"
        with self.reader() as connection:
            blobs = [blob for (blob,) in connection.execute(query, (row,))]
        if mentioning is not None:
            encoded = msgspec.msgpack.encode(mentioning)
            blobs = [blob for blob in blobs if encoded in blob]
        return [span for blob in blobs for span in spans_of(blob)]

    def summary_of(self, row: int) -> Summary:
        """The summary of trace number `row`."""
        with self.reader() as connection:
            query = f"SELECT {COLUMNS} FROM trace WHERE id = ?"  # noqa: S608
            return to_summary(connection.execute(query, (row,)).fetchone())

    def versions(self, rows: Sequence[int]) -> list[tuple[int, str, int]]:
        """Number, id and number of spans of those of the traces that are here."""
        query = f"SELECT id, trace_id, spans FROM trace WHERE id IN ({', '.join(map(str, rows))})"  # noqa: S608
        with self.reader() as connection:
            return connection.execute(query).fetchall()

    def services(self) -> set[tuple[str, str]]:
        """The services that have spans here, each with the types of those spans."""
        with self.reader() as connection:
            on_disk = connection.execute("SELECT DISTINCT service, type FROM resource").fetchall()
        return {*on_disk, *((fields[0], fields[3]) for fields in self.tail.fields)}

    def close(self) -> None:
        """Close every connection; those still in use close when they are given back."""
        with self._idle_lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection in (*idle, self.writer):
            connection.close()
        with self._shelf_lock:
            if self._shelf:
                self._shelf.close()

    def delete(self) -> None:
        """Remove the files, which is what makes retention cheap."""
        self.close()
        for path in (self.path, self._shelf_path):
            for suffix in ("", "-wal", "-shm"):
                Path(f"{path}{suffix}").unlink(missing_ok=True)


class BadFileError(Exception):
    """A file that is no partition of ours."""


def to_summary(row: Sequence[Any]) -> Summary:
    """The summary in a row of `COLUMNS`."""
    services = Summary.__struct_fields__.index("services")
    values = list(row)
    values[services] = msgspec.json.decode(values[services])
    return Summary(*values)
