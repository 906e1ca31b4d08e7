"""Adding to a partition: many chunks in one transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from collector.store import schema
from collector.store.database import transaction
from collector.store.grown_traces import GrownTraces
from collector.store.partition import Partition
from collector.store.prepared import PreparedChunk
from collector.store.recent_index import RecentIndex
from collector.store.summaries import insert_summaries, read_summary, update_summaries
from collector.store.trace_rows import TraceRows
from collector.trace_summary import TraceSummary, merge_summaries

_INSERT_CHUNK = "INSERT INTO chunk (trace, digest, spans) VALUES (?, ?, ?)"
_INSERT_RESOURCE = (
    "INSERT INTO resource VALUES (?, ?, ?, ?, ?) "
    "ON CONFLICT DO UPDATE SET trace = max(trace, excluded.trace)"
)
MIN_TRACES_TO_SHARE_TAGS = 8
"""Fewest traces with spans that are alike for which the tags are kept that all of them have: for
fewer it would be more to keep than it saves to look at."""
_INSERT_ALIKE = (
    "INSERT INTO alike "
    "(service, name, resource, type, error, segment, traces, shortest, longest{}) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?{}) "
    "ON CONFLICT DO UPDATE SET traces = CAST(traces || excluded.traces AS BLOB), "
    "shortest = CAST(shortest || excluded.shortest AS BLOB), "
    "longest = CAST(longest || excluded.longest AS BLOB)"
)
_encode = msgspec.msgpack.Encoder().encode
_NO_TAGS = _encode({})
_FIND_CHUNK = "SELECT 1 FROM chunk WHERE trace = ? AND digest = ?"


class AppendResult(NamedTuple):
    """What became of chunks added to a partition."""

    summaries: list[TraceSummary]
    """The new and grown traces, as they are now."""
    duplicates: list[int]
    """How many spans of each chunk were stored already."""


def append(partition: Partition, chunks: Iterable[PreparedChunk]) -> AppendResult:
    """Commit the chunks to disk and to the index.

    Raises `sqlite3.Error` if that fails; nothing has changed then.
    """
    if not partition.is_in_place():
        raise sqlite3.OperationalError(f"{partition.path} is gone")
    group = _Group(partition)
    with transaction(partition.write_connection):
        duplicates = [group.add(chunk) for chunk in chunks]
        group.write()
        if partition.sealed:
            group.write_late_postings()
    group.publish()
    return AppendResult(list(group.summaries.values()), duplicates)


def insert_chunks(connection: sqlite3.Connection, chunks: Iterable[tuple[int, int, bytes]]) -> None:
    """Insert chunks: for each the row number of its trace, its digest and its packed spans."""
    connection.executemany(_INSERT_CHUNK, chunks)


def flush_recent(partition: Partition) -> None:
    """Write the index of recent traces to disk as one segment, and begin an empty one."""
    segment = partition.segments + 1
    terms, resources = partition.recent.terms(), partition.recent.resources()
    connection = partition.write_connection
    with transaction(connection):
        rows = ((term, segment, traces) for term, traces in terms.items())
        connection.executemany("INSERT INTO posting VALUES (?, ?, ?)", rows)
        connection.executemany(_INSERT_RESOURCE, resources)
        _index_alike(partition, partition.recent, segment)
        (last_chunk,) = connection.execute("SELECT ifnull(max(id), 0) FROM chunk").fetchone()
        partition.set_state("indexed", last_chunk)
        partition.set_state("segments", segment)
    partition.segments = segment
    partition.recent = RecentIndex()


def seal(partition: Partition) -> None:
    """Close the partition to new traces: everything is indexed on disk, nothing in memory."""
    flush_recent(partition)
    with transaction(partition.write_connection):
        for statement in schema.INDEXES_OF_A_SEALED_PARTITION:
            partition.write_connection.execute(statement)
        partition.set_state("full", 1)
    partition.write_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    partition.shrink_memory()
    partition.sealed = True
    partition.rows = TraceRows({})  # last: readers take it before they look whether it is sealed


class _Group:
    """What one transaction will write."""

    def __init__(self, partition: Partition) -> None:
        self._partition = partition
        self._connection = partition.write_connection
        self._new_rows: dict[str, int] = {}
        self._renamed: dict[str, int] = {}
        """Rows of stored traces by their whole ids, which are not known yet."""
        self._outdated: set[str] = set()
        """The ids of these traces until now, which lack their upper halves."""
        self._short_ids: dict[str, str] = {}
        """The ids of traces without an upper half, by the whole ids that are known of them but not
        theirs yet."""
        self._parts: dict[int, list[TraceSummary]] = {}
        self.summaries: dict[int, TraceSummary] = {}
        """The new and grown traces, as they are written."""
        self._chunks: list[tuple[int, PreparedChunk]] = []
        self._digests: set[tuple[int, int]] = set()
        self._grown = GrownTraces(partition)

    def add(self, chunk: PreparedChunk) -> int:
        """Take the chunk into the group; return how many of its spans are stored already."""
        short_id = chunk.joins or self._short_ids.pop(chunk.trace_id, "")
        row = self._row_of(short_id or chunk.trace_id)
        if row is None:
            row = self._partition.next_row + len(self._new_rows)
            self._new_rows[chunk.trace_id] = row
            self._parts[row] = [chunk.summary]
            self._grown.begin(row, chunk.blob)
            self._take(row, chunk)
            return 0
        if row not in self._parts:
            self._parts[row] = [read_summary(self._connection, row)]
        if self._is_stored(row, chunk):
            new = None
        else:
            before = sum(part.spans for part in self._parts[row])
            new = self._grown.without_stored_spans(row, before, chunk)
        if new:
            self._parts[row].append(new.summary)
            self._take(row, new)
        if new and short_id:
            self._rename(short_id, chunk.trace_id, row)
        elif short_id:  # answers are kept for as long as a trace does not grow, and name it
            self._short_ids[chunk.trace_id] = short_id
        return chunk.summary.spans - (new.summary.spans if new else 0)

    def _take(self, row: int, chunk: PreparedChunk) -> None:
        self._digests.add((row, chunk.digest))
        self._chunks.append((row, chunk))

    def _row_of(self, trace_id: str) -> int | None:
        """Return the row of a trace; None if it is new."""
        if row := self._new_rows.get(trace_id) or self._renamed.get(trace_id):
            return row
        if self._partition.sealed:
            return self._partition.with_lower_half_of(trace_id).get(trace_id)
        return self._partition.rows.row_of(trace_id)

    def _rename(self, short_id: str, trace_id: str, row: int) -> None:
        """Let a trace that lacks its upper half have its whole id from now on."""
        if self._new_rows.pop(short_id, None):
            self._new_rows[trace_id] = row
        else:
            self._renamed[trace_id] = row
            self._outdated.add(short_id)
        first, *others = self._parts[row]
        whole = msgspec.structs.replace(first, trace_id=trace_id)
        self._parts[row] = [whole, *others]

    def _is_stored(self, row: int, chunk: PreparedChunk) -> bool:
        if (row, chunk.digest) in self._digests:
            return True
        return self._connection.execute(_FIND_CHUNK, (row, chunk.digest)).fetchone() is not None

    def write(self) -> None:
        """Write traces and chunks, within a transaction."""
        connection = self._partition.write_connection
        new = set(self._new_rows.values())
        self.summaries = {row: merge_summaries(parts) for row, parts in self._parts.items()}
        insert_summaries(
            connection, {row: summary for row, summary in self.summaries.items() if row in new}
        )
        update_summaries(
            connection, {row: summary for row, summary in self.summaries.items() if row not in new}
        )
        insert_chunks(
            connection, [(row, chunk.digest, chunk.packed) for row, chunk in self._chunks]
        )

    def write_late_postings(self) -> None:
        """Index spans that came late, all of them in segment 0."""
        late = RecentIndex()
        for row, chunk in self._chunks:
            late.add(row, chunk.features, 0)
        self._partition.write_connection.executemany(
            "INSERT INTO posting VALUES (?, 0, ?) ON CONFLICT (term, segment) "
            "DO UPDATE SET traces = CAST(traces || excluded.traces AS BLOB)",
            late.terms().items(),
        )
        self._partition.write_connection.executemany(_INSERT_RESOURCE, late.resources())
        _index_alike(self._partition, late, 0)

    def publish(self) -> None:
        """Make what has been committed visible to readers."""
        partition = self._partition
        for row, chunk in self._chunks:
            spans = chunk.summary.spans
            partition.spans += spans
            if not partition.sealed:
                partition.recent.add(row, chunk.features, spans)
        for summary in self.summaries.values():
            partition.oldest = min(partition.oldest or summary.start, summary.start)
            partition.newest = max(partition.newest, summary.end)
            partition.latest_start = max(partition.latest_start, summary.start)
        if not partition.sealed:
            partition.rows.change(self._new_rows | self._renamed, self._outdated)
        self._grown.publish()
        partition.traces += len(self._new_rows)
        partition.next_row += len(self._new_rows)  # last: a search looks no further than this


def _index_alike(partition: Partition, index: RecentIndex, segment: int) -> None:
    """Write the index of spans that are alike. Of segment 0, where some come now and some then, the
    tags that they share are not known."""
    if not partition.indexes_alike:
        return
    has_tags = partition.indexes_shared_tags
    rows = []
    for alike, spans in sorted(index.alike.items()):
        known = segment and len(spans.rows) >= MIN_TRACES_TO_SHARE_TAGS
        tags = _encode(index.shared_tags[alike]) if known else _NO_TAGS
        columns = (column.tobytes() for column in spans)
        rows.append((*alike, segment, *columns, *[tags] * has_tags))
    insert = _INSERT_ALIKE.format(", shared_tags" * has_tags, ", ?" * has_tags)
    partition.write_connection.executemany(insert, rows)
