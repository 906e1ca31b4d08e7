"""Adding to a partition: many chunks in one transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from collector.store import schema
from collector.store.database import transaction
from collector.store.partition import COLUMNS, Partition, to_summary
from collector.store.prepared import Prepared
from collector.store.recent_index import Tail
from collector.trace_summary import Summary

TAIL_SPANS = 16_384
"""The tail is written down when it holds so many: often enough to stay small in memory, seldom
enough that a term costs few rows."""

_FIELDS = Summary.__struct_fields__
_SERVICES = _FIELDS.index("services")
_INSERT_TRACE = f"INSERT INTO trace (id, {COLUMNS}) VALUES ({', '.join('?' * (len(_FIELDS) + 1))})"  # noqa: S608
_UPDATE_TRACE = f"UPDATE trace SET {', '.join(f'{f} = ?' for f in _FIELDS)} WHERE id = ?"  # noqa: S608
_SELECT_TRACE = f"SELECT {COLUMNS} FROM trace WHERE id = ?"  # noqa: S608
_INSERT_CHUNK = "INSERT INTO chunk (trace, digest, spans) VALUES (?, ?, ?)"
_INSERT_SEEN = (
    "INSERT INTO resource VALUES (?, ?, ?, ?, ?) "
    "ON CONFLICT DO UPDATE SET trace = max(trace, excluded.trace)"
)
_FIND_CHUNK = "SELECT 1 FROM chunk WHERE trace = ? AND digest = ?"


class Appended(NamedTuple):
    """What came of adding chunks to a partition."""

    summaries: list[Summary]
    """Of the new and grown traces, as they are now."""
    duplicates: list[Prepared]
    """Chunks that were there already."""


def append(partition: Partition, chunks: Iterable[Prepared]) -> Appended:
    """Commit the chunks to disk and to the index.

    Raises `sqlite3.Error`, and then nothing has changed.
    """
    if not partition.is_in_place():
        raise sqlite3.OperationalError(f"{partition.path} is gone")
    group = _Group(partition)
    with transaction(partition.writer):
        duplicates = [chunk for chunk in chunks if not group.add(chunk)]
        group.write()
        if partition.full:
            group.write_late_postings()
    group.publish()
    return Appended(list(group.summaries.values()), duplicates)


def write_tail(partition: Partition) -> None:
    """Write the tail down as one segment of the index, and begin a new one."""
    segment = partition.segments + 1
    terms, seen = partition.tail.terms(), partition.tail.seen()
    writer = partition.writer
    with transaction(writer):
        rows = ((term, segment, traces) for term, traces in terms.items())
        writer.executemany("INSERT INTO posting VALUES (?, ?, ?)", rows)
        writer.executemany(_INSERT_SEEN, seen)
        (last,) = writer.execute("SELECT ifnull(max(id), 0) FROM chunk").fetchone()
        partition.set_state("indexed", last)
        partition.set_state("segments", segment)
    partition.segments = segment
    partition.tail = Tail()


def fill(partition: Partition) -> None:
    """Make the partition a full one: everything indexed on disk, nothing kept in memory."""
    write_tail(partition)
    with transaction(partition.writer):
        for statement in schema.INDEXES_OF_A_FULL_PARTITION:
            partition.writer.execute(statement)
        partition.set_state("full", 1)
    partition.writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    partition.settle()
    partition.full = True
    partition.rows = {}


class _Group:
    """What one transaction will write."""

    def __init__(self, partition: Partition) -> None:
        self._partition = partition
        self._fresh: dict[str, int] = {}
        self.summaries: dict[int, Summary] = {}
        self._chunks: list[tuple[int, Prepared]] = []
        self._digests: set[tuple[int, int]] = set()

    def add(self, chunk: Prepared) -> bool:
        """Take the chunk into the group, unless it is stored already."""
        row = self._fresh.get(chunk.trace_id) or self._partition.find(chunk.trace_id)
        if row is None:
            row = self._partition.next_row + len(self._fresh)
            self._fresh[chunk.trace_id] = row
            self.summaries[row] = chunk.summary
        elif self._is_stored(row, chunk):
            return False
        else:
            summary = self.summaries.get(row)
            if summary is None:
                found = self._partition.writer.execute(_SELECT_TRACE, (row,)).fetchone()
                summary = to_summary(found)
            self.summaries[row] = summary.with_added(chunk.summary)
        self._digests.add((row, chunk.digest))
        self._chunks.append((row, chunk))
        return True

    def _is_stored(self, row: int, chunk: Prepared) -> bool:
        if (row, chunk.digest) in self._digests:
            return True
        found = self._partition.writer.execute(_FIND_CHUNK, (row, chunk.digest)).fetchone()
        return found is not None

    def write(self) -> None:
        """Write traces and chunks, within a transaction."""
        writer = self._partition.writer
        fresh = set(self._fresh.values())
        columns = {row: _columns(summary) for row, summary in self.summaries.items()}
        writer.executemany(_INSERT_TRACE, [(row, *columns[row]) for row in columns if row in fresh])
        writer.executemany(
            _UPDATE_TRACE, [(*columns[row], row) for row in columns if row not in fresh]
        )
        writer.executemany(
            _INSERT_CHUNK, [(row, chunk.digest, chunk.blob) for row, chunk in self._chunks]
        )

    def write_late_postings(self) -> None:
        """Write the index of spans that came late, all of them into segment 0."""
        tail = Tail()
        for row, chunk in self._chunks:
            tail.add(row, chunk.features, 0)
        self._partition.writer.executemany(
            "INSERT INTO posting VALUES (?, 0, ?) ON CONFLICT (term, segment) "
            "DO UPDATE SET traces = CAST(traces || excluded.traces AS BLOB)",
            tail.terms().items(),
        )
        self._partition.writer.executemany(_INSERT_SEEN, tail.seen())

    def publish(self) -> None:
        """Let everyone find what has been committed."""
        partition = self._partition
        for row, chunk in self._chunks:
            summary = chunk.summary
            partition.spans += summary.spans
            if not partition.full:
                partition.tail.add(row, chunk.features, summary.spans)
            partition.oldest = min(partition.oldest or summary.start, summary.start)
            partition.newest = max(partition.newest, summary.end)
            partition.latest_start = max(partition.latest_start, summary.start)
        if not partition.full:
            partition.rows.update(self._fresh)
        partition.traces += len(self._fresh)
        partition.next_row += len(self._fresh)  # last: a search looks no further than this


def _columns(summary: Summary) -> list[object]:
    values = list(msgspec.structs.astuple(summary))
    values[_SERVICES] = msgspec.json.encode(summary.services).decode()
    return values
