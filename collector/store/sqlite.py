"""The store: traces in SQLite files, many requests to a commit."""

from __future__ import annotations

import contextlib
import fcntl
import sqlite3
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import IO, NamedTuple

from collector.model import Chunk, Span
from collector.store.append import append
from collector.store.group_commit import AddResult, CannotWriteError, GroupCommitter, Job
from collector.store.partition import Partition
from collector.store.partitions import Partitions
from collector.store.prepared import PreparedChunk, kind_of_type, prepare
from collector.store.quarantine import open_or_quarantine
from collector.store.service_catalog import ServiceCatalog
from collector.trace_summary import TraceSummary


class StoreInUseError(Exception):
    """Another collector is using this folder."""


class StoredTrace(NamedTuple):
    """A trace in the store. It may grow between one call and the next."""

    trace_id: str
    partition: Partition
    row: int

    def summary(self) -> TraceSummary:
        """Return its summary."""
        return self.partition.summary_of(self.row)

    def spans(self, mentioning: int | None = None) -> list[Span]:
        """Return its spans in the order received.

        If `mentioning` is given, return at least the spans with this id or parent id.
        """
        return self.partition.spans_of(self.row, mentioning)


class Totals(NamedTuple):
    """How much is stored."""

    spans: int
    traces: int
    bytes: int
    """Size of all files on disk."""
    oldest: int
    """The first start, ns since 1970; 0 if nothing is stored."""
    newest: int
    """The last end, ns since 1970; 0 if nothing is stored."""
    dropped_spans: int
    """Spans dropped by retention since the start."""


class Store:
    """A folder of traces. Everything may be called from any thread."""

    def __init__(
        self, folder: Path, max_spans: int = 2_000_000, max_age: float = 7 * 86_400
    ) -> None:
        """Open the folder or create it. `max_age` is in seconds.

        Raises `StoreInUseError` if another collector has it, `OSError` if it is not writable.
        """
        self.on_stored: Callable[[list[TraceSummary]], None] = lambda summaries: None
        """Called by the writing thread with the new and grown traces after every commit."""
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = _lock(folder)
        catalog = folder / "catalog.db"
        self.catalog = open_or_quarantine(catalog, ServiceCatalog) or ServiceCatalog(catalog)
        self._partitions = Partitions(folder, max_spans, max_age)
        self._record_stored_services()
        self._committer = GroupCommitter(self._commit, self._partitions.maintain)

    def partitions(self) -> list[Partition]:
        """Return the partitions, newest first; the first is the active one."""
        return self._partitions.all[::-1]

    def add(self, chunks: list[Chunk]) -> AddResult:
        """Store the chunks; they are on disk when this returns.

        Raises `BusyError` if too much is waiting, `CannotWriteError` if they cannot be stored.
        """
        if not chunks:
            return AddResult(0, 0)
        return self._committer.add([prepare(chunk) for chunk in chunks])

    def find(self, trace_id: str) -> StoredTrace | None:
        """Return the trace; None if it is not stored."""
        for partition in self.partitions():
            with contextlib.suppress(sqlite3.Error):
                if partition.may_hold(trace_id) and (row := partition.find(trace_id)):
                    return StoredTrace(trace_id, partition, row)
        return None

    def totals(self) -> Totals:
        """Return how much is stored now."""
        partitions = self.partitions()
        size = 0
        with contextlib.suppress(FileNotFoundError):
            size = sum(path.stat().st_size for path in self._folder.iterdir())
        return Totals(
            sum(p.spans for p in partitions),
            sum(p.traces for p in partitions),
            size,
            min((p.oldest for p in partitions if p.traces), default=0),
            max((p.newest for p in partitions if p.traces), default=0),
            self._partitions.dropped_spans,
        )

    def close(self) -> None:
        """Commit what is waiting and close all files. `add` raises `CannotWriteError` from now
        on."""
        self._committer.close()
        self._partitions.close()
        with contextlib.suppress(sqlite3.Error):  # only loses when services were last seen
            self.catalog.close()
        self._lock.close()

    def _commit(self, jobs: list[Job]) -> None:
        """Commit a group of jobs and settle each one's future."""
        try:
            try:
                summaries, duplicates = self._append(jobs)
            except _BrokenPartitionError as broken:
                self._partitions.abandon(broken.partition, str(broken))
                summaries, duplicates = self._append(jobs)
        except (sqlite3.Error, OSError, _BrokenPartitionError) as error:
            for job in jobs:
                job.done.set_exception(CannotWriteError(f"the spans cannot be stored: {error}"))
        except Exception as bug:
            if len(jobs) > 1:  # don't fail the others
                for job in jobs:
                    self._commit([job])
                return
            traceback.print_exception(bug)
            jobs[0].done.set_exception(CannotWriteError("the spans cannot be stored: a bug"))
        else:
            for job in jobs:
                again = sum(chunk.summary.spans for chunk in job.chunks if id(chunk) in duplicates)
                job.done.set_result(AddResult(job.spans, again))
            self.on_stored(summaries)

    def _append(self, jobs: list[Job]) -> tuple[list[TraceSummary], set[int]]:
        """Commit each chunk to its partition.

        Return the changed traces, and the `id()` of each chunk that was stored already. Raises
        `_BrokenPartitionError` if a partition is damaged or gone, `sqlite3.Error` if a partition
        cannot be written to for another reason.
        """
        groups: dict[int, tuple[Partition, list[PreparedChunk]]] = {}
        partition_of: dict[str, Partition] = {}
        for job in jobs:
            for chunk in job.chunks:
                self.catalog.record(chunk.service_kinds, chunk.summary.end)
                partition = partition_of.get(chunk.trace_id)
                if partition is None:
                    partition = self._partitions.partition_for(chunk.trace_id)
                    partition_of[chunk.trace_id] = partition
                groups.setdefault(partition.number, (partition, []))[1].append(chunk)
        summaries: list[TraceSummary] = []
        duplicates: set[int] = set()
        for partition, chunks in groups.values():
            try:
                appended = append(partition, chunks)
            except sqlite3.Error as error:
                # Unlike a full disk or a locked file, neither gets better by waiting.
                corrupt = type(error) is sqlite3.DatabaseError
                if corrupt or not partition.is_in_place():
                    raise _BrokenPartitionError(partition, str(error)) from None
                raise
            summaries += appended.summaries
            duplicates.update(map(id, appended.duplicates))
        return summaries, duplicates

    def _record_stored_services(self) -> None:
        """Give a colour to every service with stored spans, even if the catalog was lost."""
        listed = {service.name for service in self.catalog.services()}
        for partition in self._partitions.all:
            for service, type_ in partition.services():
                if service not in listed:
                    self.catalog.record({service: kind_of_type(type_)}, partition.newest)


def _lock(folder: Path) -> IO[str]:
    """Lock the folder while the returned file is open, at the longest until this process ends.

    Raises `StoreInUseError` if another collector has it.
    """
    file = open(folder / "lock", "a")  # noqa: SIM115
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise StoreInUseError(
            f"another collector stores in {folder}; stop it or choose another folder with --data"
        ) from None
    return file


class _BrokenPartitionError(Exception):
    """A partition that is damaged or gone."""

    def __init__(self, partition: Partition, message: str) -> None:
        super().__init__(message)
        self.partition = partition
