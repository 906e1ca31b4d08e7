"""A partition: one SQLite file with some of the traces, each of them whole."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import msgspec

from collector.model import Span
from collector.store import schema
from collector.store.database import (
    IN_LIST,
    as_list,
    connect,
    inode_at,
    remove_database,
    sync_folder,
)
from collector.store.file_errors import OtherVersionError, is_damage
from collector.store.index_terms import features_of
from collector.store.known_spans import KnownSpans
from collector.store.packed_spans import unpack
from collector.store.prepared import decode_spans
from collector.store.read_connections import MAX_IDLE, MAX_IDLE_SEALED, ReadConnections
from collector.store.recent_index import RecentIndex
from collector.store.seal_record import (
    PartitionTotals,
    new_record,
    read_totals,
    stored_record,
    write_record,
)
from collector.store.sidecars import Sidecars, SidecarType
from collector.store.summaries import read_summary
from collector.store.trace_filter import TraceFilter
from collector.store.trace_rows import TraceRows
from collector.store.trace_spans import read_spans, read_spans_in
from collector.trace_ids import lower_half
from collector.trace_summary import TraceSummary


class Partition:
    """One file, open for reading by many threads and for writing by one.

    The last partition is *active*: it takes the new traces, and memory holds where they are and
    the index of the newest. The others are *sealed*: they only take spans that come late.
    """

    def __init__(self, path: Path) -> None:
        """Open the file.

        Raises `sqlite3.Error`, `msgspec.DecodeError` or `OSError` if it cannot be read or written,
        `OtherVersionError` if it is another version's.
        """
        self.path = path
        self.number = int(path.stem)
        self.write_connection = connect(path, write=True)
        self.recent = RecentIndex()
        self.rows = TraceRows({})
        """Where each trace is, for the active partition only."""
        self.known_spans = KnownSpans()
        self.checked = True
        """Whether its traces have been looked at, and not only what was written down of them."""
        self.suspicion = ""
        """What a reader met that looks like damage; "" if nothing."""
        self._sidecars = Sidecars()
        try:
            self._inode = path.stat().st_ino
            self._read_connections = ReadConnections(path, self._inode)
            (version,) = self.write_connection.execute("PRAGMA user_version").fetchone()
            if not version:
                raise sqlite3.DatabaseError("it is empty")
            if version not in (schema.VERSION, *schema.VERSIONS_BEFORE):
                raise OtherVersionError(
                    f"it has version {version}, and this collector reads version {schema.VERSION}"
                )
            self.write_connection.execute(f"PRAGMA user_version = {schema.VERSION}")
            self._load()
        except BaseException:
            self.write_connection.close()
            raise

    @classmethod
    def create(cls, path: Path) -> Partition:
        """Create an empty partition and open it.

        Its file is there with all of its tables, or not at all: an empty one has lost something.
        Raises `sqlite3.Error` or `OSError` if that fails.
        """
        new_path = path.with_suffix(".new")
        remove_database(new_path)
        try:
            schema.create(new_path)
            new_path.rename(path)
        except BaseException:
            with suppress(OSError):
                remove_database(new_path)
            raise
        sync_folder(path.parent)
        return cls(path)

    def _load(self) -> None:
        execute = self.write_connection.execute
        self.sealed = self.state("full") == 1
        self.segments: int = self.state("segments") or 0
        self.created: int = self.state("created") or 0
        """When the file was created, seconds since 1970."""
        self.mark = self.state("mark") or self.created
        """A number that tells this file from any other that had or will have its name."""
        self.indexes_templates = self.state("templates") == 1
        """Whether the index has the templates of names, which older files lack."""
        self.indexes_alike = self.state("alike") == 1
        """Whether it has the durations of spans that are alike, which older files lack."""
        self.indexes_shared_tags = self.state("shared_tags") == 1
        """Whether it has the tags that such spans share, which older files lack."""
        self.trace_filter = TraceFilter.of(())
        if self.sealed:
            with suppress(sqlite3.OperationalError):  # no room: it is only slower without
                execute(schema.TRACE_ID_INDEX)  # an older version had another
            self.shrink_memory()
        else:
            self._take_totals(read_totals(self.write_connection))
            self.rows = TraceRows(dict(execute("SELECT trace_id, id FROM trace")))
            query = "SELECT trace, spans FROM chunk WHERE id > ? ORDER BY id"
            for row, stored in execute(query, (self.state("indexed") or 0,)):
                spans = decode_spans(unpack(stored))
                self.recent.add(row, features_of(spans), len(spans))

    def _take_totals(self, totals: PartitionTotals) -> None:
        self.traces, self.spans, self.next_row = totals.traces, totals.spans, totals.next_row
        self.oldest, self.newest = totals.oldest, totals.newest
        self.latest_start = totals.latest_start
        self.has_gaps = self.traces < self.next_row - 1
        """Whether rows were lost."""

    def state(self, key: str) -> int | None:
        """Return a number kept in the file; None if there is none under this key."""
        query = "SELECT value FROM state WHERE key = ?"
        found = self.write_connection.execute(query, (key,)).fetchone()
        return found[0] if found else None

    def set_state(self, key: str, value: int) -> None:
        """Keep a number in the file."""
        self.write_connection.execute("INSERT OR REPLACE INTO state VALUES (?, ?)", (key, value))

    @contextmanager
    def read_connection(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection for reading, for the length of a `with` block.

        Raises `sqlite3.Error` if the file cannot be read, also if what the block met in it cannot
        be decoded.
        """
        connection = self._read_connections.take()
        try:
            yield connection
        except (sqlite3.Error, msgspec.DecodeError) as error:
            self.suspect(error)
            if isinstance(error, sqlite3.Error):
                raise
            raise sqlite3.DatabaseError(str(error)) from None
        finally:
            max_idle = MAX_IDLE_SEALED if self.sealed else MAX_IDLE
            self._read_connections.give_back(connection, max_idle)

    def suspect(self, error: Exception) -> None:
        """Take note of an error if it looks like damage, so that the writing thread looks."""
        if not self.suspicion and is_damage(error):
            self.suspicion = str(error)

    def sidecar(self, suffix: str, open_file: Callable[[Path, int], SidecarType]) -> SidecarType:
        """Return the open file with this suffix beside the partition.

        The first call opens it with `open_file`, which gets the file's path and the partition's
        `mark`. The file is closed and deleted together with the partition. Raises `sqlite3.Error`
        if the partition is closed.
        """
        if not self._read_connections.is_closed and not self.is_in_place():
            raise sqlite3.OperationalError(f"{self.path} is gone")
        return self._sidecars.opened(self.path.with_suffix(suffix), self.mark, open_file)

    def shrink_memory(self) -> None:
        """Give a sealed partition a small cache, and a filter instead of a list of its traces."""
        self.write_connection.execute("PRAGMA cache_size = -500")
        self.write_connection.execute("PRAGMA shrink_memory")
        record = stored_record(self.write_connection)
        self.checked = record is None
        if record is None:
            record = new_record(self.write_connection)
            write_record(self.write_connection, record)
        self._take_totals(record.totals)
        self.trace_filter = record.trace_filter

    def check(self) -> str:
        """Compare what was written down when it was sealed with what is there; return what is
        wrong, "" if nothing is. Raises `sqlite3.Error` if that cannot be told now."""
        try:
            with self.read_connection() as connection:
                stored = stored_record(connection)
                if stored and stored != new_record(connection):
                    return "it does not hold what it held when it was sealed"
        except sqlite3.Error as error:
            if is_damage(error):
                return str(error)
            raise
        self.checked = True
        return ""

    def is_in_place(self) -> bool:
        """Return whether the file is still where it was.

        A deleted file would accept everything and keep none of it.
        """
        return inode_at(self.path) == self._inode

    @property
    def written(self) -> float:
        """When the file was last written to, seconds since 1970."""
        return self.path.stat().st_mtime

    @property
    def latest(self) -> float:
        """When its newest trace ended, seconds since 1970, but not after it was written: clients'
        clocks may be years ahead."""
        return min(self.newest / 1e9, self.written)

    def with_lower_half_of(self, trace_id: str) -> dict[str, int]:
        """Return the rows of the traces here with the lower half of this id, by their ids."""
        rows = self.rows
        if not self.sealed:
            return rows.with_lower_half_of(trace_id)
        if not self.trace_filter.may_hold(int(lower_half(trace_id), 16)):
            return {}
        with self.read_connection() as connection:
            query = "SELECT trace_id, id FROM trace WHERE substr(trace_id, 17) = ?"
            return dict(connection.execute(query, (lower_half(trace_id),)).fetchall())

    def spans_of(self, row: int) -> list[Span]:
        """Return the spans of trace number `row` that answers are made of, in the order
        received: all of them, or those chosen of very many."""
        with self.read_connection() as connection:
            return read_spans(connection, row).spans

    def reading(self, row: int) -> Callable[[], list[Span]]:
        """Return what reads the same in another process."""
        return partial(read_spans_in, self.path, row)

    def summary_of(self, row: int) -> TraceSummary:
        """Return the summary of trace number `row`."""
        with self.read_connection() as connection:
            return read_summary(connection, row)

    def trace_sizes(self, rows: Sequence[int]) -> list[tuple[int, str, int]]:
        """Return row number, trace id and number of spans of those rows that exist."""
        query = f"SELECT id, trace_id, spans FROM trace WHERE id {IN_LIST}"  # noqa: S608
        with self.read_connection() as connection:
            return connection.execute(query, (as_list(rows),)).fetchall()

    def stored_bytes(self, rows: Sequence[int]) -> dict[int, int]:
        """Return how many bytes the spans of some traces take, by their numbers, indexes not
        counted."""
        query = f"SELECT trace, sum(length(spans)) FROM chunk WHERE trace {IN_LIST} GROUP BY trace"  # noqa: S608
        with self.read_connection() as connection:
            return dict(connection.execute(query, (as_list(rows),)).fetchall())

    def services(self) -> set[tuple[str, str]]:
        """Return the services that have spans here, each with the types of those spans."""
        with self.read_connection() as connection:
            on_disk = connection.execute("SELECT DISTINCT service, type FROM resource").fetchall()
        return {
            *on_disk,
            *((service, type_) for service, _, _, type_, _ in list(self.recent.alike)),
        }

    def close(self) -> None:
        """Close every connection; those in use are closed when they are given back."""
        self._read_connections.close()
        self.write_connection.close()
        self._sidecars.close()

    def delete(self) -> None:
        """Remove the file and everything beside it: this is what makes retention cheap."""
        in_place = self.is_in_place()
        self.close()
        if not in_place:
            return  # whatever is there now is somebody else's
        set_aside = f"{self.path.name}."
        beside = self.path.parent.glob(f"{self.path.stem}.*")
        for path in (self.path, *beside):
            if not path.name.startswith(set_aside):
                path.unlink(missing_ok=True)
