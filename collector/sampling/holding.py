"""Spans that wait for the decision about their traces, on the disk: one SQLite file.

Clients are told that their spans are kept safe as soon as they are here. A collector that is killed
finds them again, with all decisions that it had acted on.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from collector.decode_errors import DECODE_ERRORS, reason_of
from collector.log import say
from collector.model import Chunk
from collector.store import set_aside
from collector.store.database import IN_LIST, as_list, connect, transaction
from collector.store.file_errors import CannotOpenError, is_damage
from collector.store.prepared import PreparedChunk
from collector.trace_ids import HALF_DIGITS

MAX_DECISIONS = 500_000
"""Decisions that are remembered for spans that come late; those made first are forgotten first."""
MAX_MINUTES = 7 * 24 * 60
"""How long is known what was kept, and why."""

_TABLES = """
CREATE TABLE IF NOT EXISTS held (       -- spans that wait, as they arrived together
    id INTEGER PRIMARY KEY,
    trace INTEGER NOT NULL,             -- the key of their trace
    spans INTEGER NOT NULL,
    has_root INTEGER NOT NULL,
    chunk BLOB NOT NULL                 -- msgpack, a model.Chunk
);
CREATE TABLE IF NOT EXISTS decision (
    number INTEGER PRIMARY KEY,
    trace INTEGER NOT NULL UNIQUE,
    kept INTEGER NOT NULL,
    reason TEXT NOT NULL,
    probability REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS minute (     -- what was decided in each minute
    minute INTEGER NOT NULL,            -- minutes since 1970
    kept INTEGER NOT NULL,
    reason TEXT NOT NULL,
    traces INTEGER NOT NULL,
    spans INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    PRIMARY KEY (minute, kept, reason)
) WITHOUT ROWID;
"""

_PAIR = b"\x92"
"""How an array of two begins in msgpack, such as a `model.Chunk`."""
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Chunk).decode


class HeldChunk(NamedTuple):
    """Spans of one trace that arrived together, ready to be held."""

    key: int
    spans: int
    has_root: bool
    blob: bytes


class HeldRow(NamedTuple):
    """Where spans are held, and of which trace they are."""

    id: int
    key: int
    spans: int
    has_root: bool


class Decision(NamedTuple):
    """What was decided about a trace."""

    kept: bool
    reason: str
    """Why it is kept; "" if it is not, or if no policy was asked."""
    probability: float


KEPT, DROPPED = Decision(True, "", 1.0), Decision(False, "", 1.0)


class Counts(NamedTuple):
    """How much was decided on."""

    traces: int
    spans: int
    bytes: int

    def plus(self, traces: int, spans: int, size: int) -> Counts:
        """Return the sums with further ones; `size` is in bytes."""
        return Counts(self.traces + traces, self.spans + spans, self.bytes + size)


class Count(NamedTuple):
    """How much was decided on in a minute, for one reason."""

    minute: int
    """Since 1970."""
    kept: bool
    reason: str
    traces: int
    spans: int
    bytes: int


def trace_key(trace_id: str) -> int:
    """Return the number under which a trace is held, signed 64-bit: the lower half of its id, which
    is all that some clients know of it."""
    return int.from_bytes(bytes.fromhex(trace_id[-HALF_DIGITS:]), "big", signed=True)


def held_chunk(chunk: Chunk) -> HeldChunk:
    """Make a chunk ready to be held."""
    has_root = any(not span.parent_id for span in chunk.spans)
    return HeldChunk(trace_key(chunk.trace_id), len(chunk.spans), has_root, _encode(chunk))


def held_prepared(chunk: PreparedChunk) -> HeldChunk:
    """Make a chunk that was prepared for the store ready to be held instead."""
    encoded = _PAIR + _encode(chunk.trace_id) + chunk.blob
    summary = chunk.summary
    return HeldChunk(trace_key(chunk.trace_id), summary.spans, summary.root_received, encoded)


class Holding:
    """The file. Thread-safe. Whatever cannot be read or written raises `sqlite3.Error`."""

    def __init__(self, path: Path) -> None:
        """Open the file, or create it. One that is damaged is set aside.

        Raises `CannotOpenError` if it cannot be used at present.
        """
        self._lock = threading.Lock()
        try:
            self._connection = _open(path)
            query = "SELECT ifnull(max(id), 0) + 1 FROM held"
            self._next_id: int = self._connection.execute(query).fetchone()[0]
        except (sqlite3.Error, OSError) as problem:
            raise CannotOpenError(path, problem) from None

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def hold(self, chunks: Sequence[HeldChunk]) -> list[HeldRow]:
        """Hold these spans; they are on the disk when this returns."""
        insert = "INSERT INTO held VALUES (?, ?, ?, ?, ?)"
        with self._lock, transaction(self._connection):
            first = self._next_id
            self._connection.executemany(insert, [(first + n, *c) for n, c in enumerate(chunks)])
            self._next_id += len(chunks)
        return [HeldRow(first + number, *chunk[:3]) for number, chunk in enumerate(chunks)]

    def rows(self) -> list[HeldRow]:
        """Return all that is held, in the order in which it came."""
        query = "SELECT id, trace, spans, has_root FROM held ORDER BY id"
        with self._lock:
            return [HeldRow(*row) for row in self._connection.execute(query)]

    def read(self, ids: Iterable[int]) -> Iterator[tuple[int, Chunk, int]]:
        """Yield the chunks held under these ids: for each the id and its bytes as well. Those that
        are damaged are left out."""
        query = f"SELECT id, chunk FROM held WHERE id {IN_LIST}"  # noqa: S608
        with self._lock:
            found = self._connection.execute(query, (as_list(ids),)).fetchall()
        for id_, blob in found:
            try:
                yield id_, _decode(blob), len(blob)
            except DECODE_ERRORS as problem:
                say(f"spans that were held are damaged, and lost: {reason_of(problem)}")

    def decide(
        self,
        decisions: Iterable[tuple[int, Decision]],
        counts: Iterable[Count],
        done: Iterable[int],
    ) -> None:
        """Remember decisions, add to what is counted, and let go of the spans with the ids `done`,
        all of it or nothing."""
        with self._lock, transaction(self._connection):
            execute = self._connection.executemany
            execute(
                "INSERT OR REPLACE INTO decision (trace, kept, reason, probability)"
                " VALUES (?, ?, ?, ?)",
                [(key, *decision) for key, decision in decisions],
            )
            execute(
                "INSERT INTO minute VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
                " traces = traces + excluded.traces, spans = spans + excluded.spans,"
                " bytes = bytes + excluded.bytes",
                counts,
            )
            execute("DELETE FROM held WHERE id = ?", [(id_,) for id_ in done])
            self._forget()

    def _forget(self) -> None:
        newest = "(SELECT max(number) FROM decision)"
        self._connection.execute(
            f"DELETE FROM decision WHERE number <= {newest} - ?",  # noqa: S608
            (MAX_DECISIONS,),
        )
        self._connection.execute(
            "DELETE FROM minute WHERE minute <= (SELECT max(minute) FROM minute) - ?",
            (MAX_MINUTES,),
        )

    def decisions(self, keys: Iterable[int]) -> dict[int, Decision]:
        """Return what was decided about these traces, as far as it is remembered."""
        columns = "trace, kept, reason, probability"
        query = f"SELECT {columns} FROM decision WHERE trace {IN_LIST}"  # noqa: S608
        with self._lock:
            found = self._connection.execute(query, (as_list(keys),)).fetchall()
        return {key: Decision(bool(kept), *why) for key, kept, *why in found}

    def counts(self, first: int, end: int) -> list[Count]:
        """Return what was decided from the minute `first` on and before `end`."""
        query = (
            "SELECT * FROM minute WHERE ? <= minute AND minute < ? ORDER BY minute, kept, reason"
        )
        with self._lock:
            found = self._connection.execute(query, (first, end)).fetchall()
        return [Count(minute, bool(kept), *rest) for minute, kept, *rest in found]


def _open(path: Path) -> sqlite3.Connection:
    try:
        return _connect(path)
    except sqlite3.Error as problem:
        if not is_damage(problem):
            raise
        set_aside.set_aside(path, str(problem))
        return _connect(path)


def _connect(path: Path) -> sqlite3.Connection:
    connection = connect(path, write=True)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(f"BEGIN; {_TABLES} COMMIT;")
    except BaseException:
        connection.close()
        raise
    return connection
