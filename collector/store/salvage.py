"""Saving what can be read of a damaged partition."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from collector.counted import counted
from collector.model import Span
from collector.store.append import flush_recent, insert_chunks, seal
from collector.store.database import connect, remove_database, sync_folder, transaction
from collector.store.file_errors import is_damage
from collector.store.index_terms import features_of
from collector.store.packed_spans import unpack
from collector.store.partition import Partition
from collector.store.prepared import decode_spans, digest_of
from collector.store.summaries import insert_summaries
from collector.trace_ids import TRACE_ID_DIGITS, is_hex
from collector.trace_summary import TraceSummary, merge_summaries, summarize_trace

BATCH_SPANS = 16_384
"""Spans that are copied in one transaction."""
_MAX_ROW = 2**40
"""Row numbers are below this, unless they are damaged."""


class Salvaged(NamedTuple):
    """How much was saved, and how much is known to be lost."""

    traces: int
    spans: int
    lost_traces: int
    lost_spans: int

    def __str__(self) -> str:
        """In words."""
        if not self.spans:
            return "nothing of it could be read"
        return (
            f"saved {counted(self.traces, 'trace')} with {counted(self.spans, 'span')}; "
            f"lost {counted(self.lost_traces, 'trace')} and {counted(self.lost_spans, 'span')},"
            " or more"
        )


def salvage(broken: Path, path: Path) -> Salvaged:
    """Copy what can be read of a damaged partition to a new, sealed one, if there is anything.

    Rows keep their numbers. The new file is whole or not there. Raises `sqlite3.Error` or `OSError`
    if it cannot be written.
    """
    new_path = path.with_suffix(".salvage")
    remove_database(new_path)
    try:
        opened = connect(broken)
    except sqlite3.Error as error:
        _check_that_it_is_damage(error)
        return Salvaged(0, 0, 0, 0)
    with closing(opened) as connection:
        connection.text_factory = lambda data: data.decode(errors="replace")
        with closing(Partition.create(new_path)) as partition:
            salvaged = _copy(connection, partition)
            seal(partition)
    if salvaged.spans:
        os.utime(new_path, (broken.stat().st_mtime,) * 2)
        new_path.rename(path)
        sync_folder(path.parent)
    remove_database(new_path)
    return salvaged


def is_sound(partition: Partition) -> bool:
    """Return whether all of the partition can be read. Raises `sqlite3.Error` if that cannot be
    told now."""
    try:
        with closing(connect(partition.path)) as connection:
            if connection.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
                return False
            for (services,) in connection.execute("SELECT services FROM trace"):
                msgspec.json.decode(services, type=dict[str, int])
            chunks = connection.execute("SELECT digest, spans FROM chunk")
            return all(digest_of(unpack(stored)) == digest for digest, stored in chunks)
    except (sqlite3.Error, msgspec.DecodeError) as error:
        if is_damage(error):
            return False
        raise


def _copy(connection: sqlite3.Connection, partition: Partition) -> Salvaged:
    """Copy the chunks that can be read and whose trace is known, and sum their traces up anew."""
    trace_ids, sizes = _known_traces(connection)
    parts: dict[int, list[TraceSummary]] = {}
    seen = set(trace_ids)
    lost_spans = 0
    copied: set[tuple[int, int]] = set()
    batch: list[tuple[int, int, bytes]] = []
    for _, row, digest, stored in _readable(connection, "chunk", "trace, digest, spans"):
        seen.add(row)
        spans = _spans_in(digest, stored)
        if not spans or (row, digest) in copied:
            continue
        if row not in trace_ids:
            lost_spans += len(spans)
            continue
        parts.setdefault(row, []).append(summarize_trace(trace_ids[row], spans))
        partition.recent.add(row, features_of(spans), len(spans))
        batch.append((row, digest, stored))
        copied.add((row, digest))
        if partition.recent.spans >= BATCH_SPANS:
            _write(partition, batch)
            batch = []
    _write(partition, batch)
    summaries = {row: merge_summaries(of_trace) for row, of_trace in parts.items()}
    with transaction(partition.write_connection):
        insert_summaries(partition.write_connection, summaries)
    saved = {row: summary.spans for row, summary in summaries.items()}
    lost_spans += sum(max(0, sizes.get(row, 0) - saved.get(row, 0)) for row in trace_ids)
    return Salvaged(len(saved), sum(saved.values()), len(seen - set(saved)), lost_spans)


def _write(partition: Partition, chunks: list[tuple[int, int, bytes]]) -> None:
    with transaction(partition.write_connection):
        insert_chunks(partition.write_connection, chunks)
    flush_recent(partition)


def _spans_in(digest: int, stored: object) -> list[Span]:
    """Return the spans of a chunk; none if it is not what was stored."""
    if not isinstance(stored, bytes):
        return []
    try:
        blob = unpack(stored)
        return decode_spans(blob) if digest_of(blob) == digest else []
    except msgspec.DecodeError:
        return []


def _known_traces(connection: sqlite3.Connection) -> tuple[dict[int, str], dict[int, int]]:
    """Return trace ids and numbers of spans by row, from the table and, if the partition was
    sealed, also from its index, which is in other pages of the file."""
    trace_ids: dict[int, str] = {}
    sizes: dict[int, int] = {}
    for row, trace_id, spans in _readable(connection, "trace", "trace_id, spans"):
        if _is_trace_id(trace_id):
            trace_ids[row] = trace_id
        if isinstance(spans, int):
            sizes[row] = spans
    for index in ("trace_by_half", "trace_trace_id"):  # the second in files of older versions
        with suppress(sqlite3.Error):  # damaged, too, or not there
            query = f"SELECT id, trace_id FROM trace INDEXED BY {index}"  # noqa: S608
            for row, trace_id in connection.execute(query):
                if _is_trace_id(trace_id):
                    trace_ids.setdefault(row, trace_id)
    row_of = {trace_id: row for row, trace_id in trace_ids.items()}
    return {row: trace_id for trace_id, row in row_of.items()}, sizes


def _is_trace_id(value: object) -> bool:
    return isinstance(value, str) and len(value) == TRACE_ID_DIGITS and is_hex(value)


def _readable(
    connection: sqlite3.Connection, table: str, columns: str
) -> Iterator[tuple[Any, ...]]:
    """Yield the rows that can be read, each after its number."""
    query = f"SELECT id, {columns} FROM {table} WHERE id >= ? ORDER BY id"  # noqa: S608
    row: int | None = 1
    while row is not None:
        try:
            for found in connection.execute(query, (row,)):
                if found[0] < _MAX_ROW:
                    row = max(row, found[0] + 1)
                    yield found
            return
        except sqlite3.Error as error:
            _check_that_it_is_damage(error)
            row = _next_readable(connection, query, row + 1)


def _next_readable(connection: sqlite3.Connection, query: str, first: int) -> int | None:
    """Return the row, not before the first, from which on rows can be read again; None if there is
    none. Rows lie in pages in the order of their numbers, so a damaged page hides a range."""

    def works(row: int) -> bool:
        try:
            connection.execute(f"{query} LIMIT 1", (row,)).fetchone()
        except sqlite3.Error as error:
            _check_that_it_is_damage(error)
            return False
        return True

    gap = 1
    while not works(first + gap - 1):
        gap *= 2
        if gap > _MAX_ROW:
            return None
    damaged, readable = first + gap // 2 - 2, first + gap - 1
    while readable - damaged > 1:
        middle = (damaged + readable) // 2
        if works(middle):
            readable = middle
        else:
            damaged = middle
    return readable


def _check_that_it_is_damage(error: sqlite3.Error) -> None:
    """Raise the error again if it may be over tomorrow: nothing must be given up for lost then."""
    if not (is_damage(error) or "no such" in str(error)):
        raise error
