"""The store: traces in SQLite files, many requests to a commit."""

from __future__ import annotations

import contextlib
import sqlite3
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from collector.model import Chunk, Span
from collector.store.append import append
from collector.store.lock import lock
from collector.store.partition import Partition
from collector.store.partitions import Partitions
from collector.store.prepared import Prepared, kind_of, prepare
from collector.store.quarantine import open_or_set_aside
from collector.store.service_catalog import Catalog
from collector.store.writer import Added, CannotWriteError, Job, Writer
from collector.trace_summary import Summary


class StoredTrace(NamedTuple):
    """A trace in the store. It may grow between one call and the next."""

    trace_id: str
    partition: Partition
    row: int

    def summary(self) -> Summary:
        """What is known of it as a whole."""
        return self.partition.summary_of(self.row)

    def spans(self, mentioning: int | None = None) -> list[Span]:
        """Its spans in the order received; at least those that have this id, or a parent of this
        id, if one is given."""
        return self.partition.spans_of(self.row, mentioning)


class Totals(NamedTuple):
    """What is stored."""

    spans: int
    traces: int
    bytes: int
    oldest: int
    """The first start, ns since 1970; 0 if nothing is stored."""
    newest: int
    """The last end."""
    dropped_spans: int
    """By retention, since the start."""


class Store:
    """Keeps traces. Adding returns when they are on the disk; everything may be called from any
    thread."""

    def __init__(
        self, folder: Path, max_spans: int = 2_000_000, max_age: float = 7 * 86_400
    ) -> None:
        """Open the folder or make it. `max_age` is in seconds.

        Raises `StoreInUseError`, or `OSError` if the folder cannot be written to.
        """
        self.on_stored: Callable[[list[Summary]], None] = lambda summaries: None
        """Called with the new and grown traces after every commit, by the thread that writes."""
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = lock(folder)
        catalog = folder / "catalog.db"
        self.catalog = open_or_set_aside(catalog, Catalog) or Catalog(catalog)
        self._partitions = Partitions(folder, max_spans, max_age)
        self._know_services()
        self._writer = Writer(self._commit, self._partitions.tidy)

    def partitions(self) -> list[Partition]:
        """The partitions, newest first; the first of them is the active one."""
        return self._partitions.all[::-1]

    def add(self, chunks: list[Chunk]) -> Added:
        """Store the chunks; they are on the disk when this returns.

        Raises `BusyError` or `CannotWriteError`.
        """
        if not chunks:
            return Added(0, 0)
        return self._writer.add([prepare(chunk) for chunk in chunks])

    def find(self, trace_id: str) -> StoredTrace | None:
        """Where the trace is; `None` if it is not stored."""
        for partition in self.partitions():
            with contextlib.suppress(sqlite3.Error):
                if partition.may_hold(trace_id) and (row := partition.find(trace_id)):
                    return StoredTrace(trace_id, partition, row)
        return None

    def totals(self) -> Totals:
        """What is stored now."""
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
        """Commit what waits and close all files. Adding raises `CannotWriteError` from now on."""
        self._writer.close()
        self._partitions.close()
        with contextlib.suppress(sqlite3.Error):  # it only misses when services were last seen
            self.catalog.close()
        self._lock.close()

    def _commit(self, jobs: list[Job]) -> None:
        """Commit a group of jobs and tell each what became of it."""
        try:
            try:
                summaries, duplicates = self._append(jobs)
            except _BrokenPartitionError as broken:
                self._partitions.give_up(broken.partition, str(broken))
                summaries, duplicates = self._append(jobs)
        except (sqlite3.Error, OSError, _BrokenPartitionError) as error:
            for job in jobs:
                job.done.set_exception(CannotWriteError(f"the spans cannot be stored: {error}"))
        except Exception as bug:
            if len(jobs) > 1:  # the others shall not suffer
                for job in jobs:
                    self._commit([job])
                return
            traceback.print_exception(bug)
            jobs[0].done.set_exception(CannotWriteError("the spans cannot be stored: a bug"))
        else:
            for job in jobs:
                again = sum(chunk.summary.spans for chunk in job.chunks if id(chunk) in duplicates)
                job.done.set_result(Added(job.spans, again))
            self.on_stored(summaries)

    def _append(self, jobs: list[Job]) -> tuple[list[Summary], set[int]]:
        """Commit to each partition what belongs there; returns the traces changed, and by `id()`
        the chunks that were there already. Raises `sqlite3.Error` or `_BrokenPartitionError`."""
        groups: dict[int, tuple[Partition, list[Prepared]]] = {}
        homes: dict[str, Partition] = {}
        for job in jobs:
            for chunk in job.chunks:
                self.catalog.note(chunk.kinds, chunk.summary.end)
                home = homes.get(chunk.trace_id)
                if home is None:
                    home = homes[chunk.trace_id] = self._partitions.home_of(chunk.trace_id)
                groups.setdefault(home.number, (home, []))[1].append(chunk)
        summaries: list[Summary] = []
        duplicates: set[int] = set()
        for partition, chunks in groups.values():
            try:
                appended = append(partition, chunks)
            except sqlite3.Error as error:
                # Neither is cured by waiting, as a full disk or a locked file is.
                corrupt = type(error) is sqlite3.DatabaseError
                if corrupt or not partition.is_in_place():
                    raise _BrokenPartitionError(partition, str(error)) from None
                raise
            summaries += appended.summaries
            duplicates.update(map(id, appended.duplicates))
        return summaries, duplicates

    def _know_services(self) -> None:
        """Make sure that every service with stored spans has a colour, even if the catalog was
        lost."""
        known = {service.name for service in self.catalog.services()}
        for partition in self._partitions.all:
            for service, type_ in partition.services():
                if service not in known:
                    self.catalog.note({service: kind_of(type_)}, partition.newest)


class _BrokenPartitionError(Exception):
    """A partition that is damaged or gone."""

    def __init__(self, partition: Partition, message: str) -> None:
        super().__init__(message)
        self.partition = partition
