"""The store: traces in SQLite files, many requests to a commit."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path

from collector.load_runs.run_files import RunFiles
from collector.log import Trouble
from collector.model import Chunk
from collector.store.file_errors import CannotOpenError
from collector.store.folder_lock import FolderLock
from collector.store.group_commit import (
    AddResult,
    CannotWriteError,
    Committed,
    GroupCommitter,
    Job,
)
from collector.store.group_writer import GroupWriter
from collector.store.index_terms import Operation
from collector.store.new_chunk import NewChunk
from collector.store.partition import Partition
from collector.store.partitions import Partitions
from collector.store.prepared import PreparedChunk, prepare
from collector.store.service_catalog import open_catalog
from collector.store.service_kinds import kind_of_type
from collector.store.settings import SettingFile
from collector.store.span_lookup import traces_with_span
from collector.store.stored_operations import resources_seen, traces_by_operation
from collector.store.stored_trace import StoredTrace
from collector.store.totals import Totals
from collector.store.trace_store import NewTraces
from collector.store.why_kept import WhyKept
from collector.store.words import words_of, words_on_disk
from collector.trace_ids import same_trace
from collector.trace_summary import TraceSummary

_WINDOW_TRACES = 256


class Store:
    """A folder of traces. Everything may be called from any thread."""

    is_shared = False

    def __init__(
        self, folder: Path, max_spans: int = 2_000_000, max_age: float = 7 * 86_400
    ) -> None:
        """Open the folder or create it. `max_age` is in seconds.

        Raises `StoreInUseError` if another collector has it, `OSError` if it is not writable,
        `CannotOpenError` if a file in it cannot be used at present.
        """
        self.on_stored: Callable[[list[TraceSummary]], None] = lambda summaries: None
        """Called by the writing thread with the new and grown traces after every commit."""
        self.on_new_chunks: Callable[[Sequence[NewChunk]], None] = lambda chunks: None
        """Called by it after that with all that had not been stored before."""
        self.is_held: Callable[[str], bool] = lambda trace_id: False
        """Whether a trace waits elsewhere to be stored or dropped."""
        self.why_kept: Callable[[list[str]], Mapping[str, WhyKept]] = lambda trace_ids: {}
        """Why some of these traces were kept, as far as that is known."""
        self.folder = folder
        """Where everything is."""
        self._trouble, self._upkeep_trouble = Trouble(), Trouble()
        with contextlib.ExitStack() as opened:
            self._lock = FolderLock(folder)
            opened.callback(self._lock.close)
            self.catalog = open_catalog(folder / "catalog.db")
            opened.callback(self.catalog.close)
            self._partitions = Partitions(folder, max_spans, max_age)
            opened.callback(self._partitions.close)
            try:
                self._record_stored_services()
            except sqlite3.Error as error:
                raise CannotOpenError(folder, error) from None
            self._writer = GroupWriter(self._partitions, self.catalog)
            self._committer = GroupCommitter(self._commit, self._maintain)
            opened.pop_all()  # `close` closes them

    def partitions(self) -> list[Partition]:
        """Return the partitions, newest first; the first is the active one."""
        return self._partitions.all[::-1]

    def add(self, chunks: list[Chunk]) -> AddResult:
        """Store the chunks; they are on disk when this returns.

        Raises `BusyError` if too much is waiting, `CannotWriteError` if they cannot be stored,
        `NoAnswerError` if that is not known in time.
        """
        if not chunks:
            return AddResult(0, 0)
        spans = sum([len(chunk.spans) for chunk in chunks])
        return self._committer.add([prepare(chunk) for chunk in chunks], spans)

    def submit(self, chunks: list[PreparedChunk]) -> Future[AddResult]:
        """Have prepared chunks stored; return what will be known of that once they are on disk.

        Raises `BusyError` if too much is waiting, `CannotWriteError` if they cannot be stored, as
        the future does, too.
        """
        return self._committer.submit(chunks, sum([chunk.received for chunk in chunks]))

    def find(self, trace_id: str) -> StoredTrace | None:
        """Return the trace; None if it is not stored. Either id may lack its upper half.

        Raises `sqlite3.Error` if it may be where nothing can be read at present.
        """
        problem = None
        stored: dict[str, StoredTrace] = {}
        for partition in self.partitions():
            try:
                for stored_id, row in partition.with_lower_half_of(trace_id).items():
                    stored.setdefault(stored_id, StoredTrace(stored_id, partition, row))
            except sqlite3.Error as error:
                if partition in self._partitions.all:  # else it was dropped meanwhile
                    problem = error
            if trace_id in stored:
                return stored[trace_id]
        if problem:
            raise problem
        known_as = same_trace(trace_id, stored)
        return stored[known_as] if known_as else None

    def find_all(self, trace_ids: Collection[str]) -> dict[str, StoredTrace]:
        """Return those of the traces that are stored where it can be read at present, by the ids
        given, in that order."""
        found: dict[str, StoredTrace] = {}
        for trace_id in trace_ids:
            with contextlib.suppress(sqlite3.Error):
                if stored := self.find(trace_id):
                    found[trace_id] = stored
        return found

    def tagged(self, trace_ids: Collection[str], tags: Collection[tuple[str, str]]) -> set[str]:
        """Return those of the traces of which some span has one of these tags, a key and a value;
        also those that are just gone."""
        found = set()
        for trace_id in trace_ids:
            stored = self.find(trace_id)
            try:
                if stored is None or any(stored.has_tag(*tag) for tag in tags):
                    found.add(trace_id)
            except sqlite3.Error:
                found.add(trace_id)
        return found

    def with_span(self, span_id: int) -> Iterator[StoredTrace]:
        """Return traces that may have a span with this id, the newest first."""
        return traces_with_span(self.partitions(), span_id)

    def words(self, kind: str, *values: str) -> Iterator[str]:
        """Yield the services, names, resources or types, or the keys of tags (`key`), that are
        stored, or the values of a tag (`tag` and its key); some of them more than once."""
        for partition in self.partitions():
            with contextlib.suppress(sqlite3.Error), partition.read_connection() as connection:
                yield from words_of(partition.recent, kind, *values)
                yield from words_on_disk(connection, kind, *values)

    def traces_by_operation(self, service: str | None) -> dict[Operation, int]:
        """Return in how many traces each operation of a service, or of all, occurs."""
        return traces_by_operation(self.partitions(), service)

    def resources_seen(self, operations: Collection[Operation]) -> dict[Operation, list[str]]:
        """Return the resources seen with each of these operations, as templates, those seen last
        first."""
        return resources_seen(self.partitions(), operations)

    def newest_traces(self) -> Iterator[StoredTrace]:
        """Yield the traces that are stored now, the newest first; those that are dropped meanwhile
        are left out."""
        for partition in self.partitions():
            for last in range(partition.next_row - 1, 0, -_WINDOW_TRACES):
                rows = range(max(1, last - _WINDOW_TRACES + 1), last + 1)
                sizes: list[tuple[int, str, int]] = []
                with contextlib.suppress(sqlite3.Error):  # dropped by age
                    sizes = partition.trace_sizes(rows)
                for row, trace_id, _ in sorted(sizes, reverse=True):
                    yield StoredTrace(trace_id, partition, row)

    def state(self) -> object:
        """Return a value that changes with whatever is stored or dropped."""
        return tuple((part.number, part.spans, part.next_row) for part in self.partitions())

    def newcomers(self) -> NewTraces:
        """Return nothing: nobody else stores here."""
        return NewTraces([], 0)

    def arrivals(self) -> Callable[[], list[str]]:
        """Return a function that returns nothing: nobody else stores here."""
        return list

    def why_marked(self, trace_ids: Collection[str]) -> dict[str, WhyKept]:
        """Return nothing: there are no other collectors."""
        return {}

    def totals(self) -> Totals:
        """Return how much is stored now."""
        partitions = self.partitions()
        size = 0
        with contextlib.suppress(OSError):
            size = sum(path.stat().st_size for path in self.folder.iterdir())
        return Totals(
            sum(p.spans for p in partitions),
            sum(p.traces for p in partitions),
            size,
            min((p.oldest for p in partitions if p.traces), default=0),
            max((p.newest for p in partitions if p.traces), default=0),
            self._partitions.dropped_spans,
        )

    def setting(self, name: str, folder: Path) -> SettingFile:
        """Return the setting with this name, in a file in the folder."""
        return SettingFile(folder / name)

    def runs(self, folder: Path) -> RunFiles:
        """Return the records of load tests, in files in the folder."""
        return RunFiles(folder)

    def close(self) -> None:
        """Commit what is waiting and close all files. `add` raises `CannotWriteError` from now
        on."""
        self._committer.close()
        self._partitions.close()
        self.catalog.close()
        self._lock.close()

    def missing(self) -> list[str]:
        """Return nothing: what cannot be read of our own files is set aside."""
        return []

    def look_again(self) -> bool:
        """Return that nothing has changed: what cannot be read is in no list."""
        return False

    def problem(self) -> str:
        """Return why nothing can be stored, in a sentence; "" if all is well."""
        return self._lock.problem() or self._committer.problem()

    def _maintain(self) -> None:
        """Do the upkeep, as long as the folder is ours."""
        if problem := self._lock.problem():
            self._upkeep_trouble.report(problem)
        else:
            self._upkeep_trouble.over(f"{self.folder} is this collector's")
            self._partitions.maintain()

    def _commit(self, jobs: list[Job[PreparedChunk]]) -> Committed:
        chunks = [chunk for job in jobs for chunk in job.chunks]
        try:
            if reason := self._lock.problem():
                raise CannotWriteError(reason)
            summaries, duplicates = self._writer.write(chunks)
        except CannotWriteError as problem:
            self._trouble.report(f"spans cannot be stored in {self.folder}: {problem}")
            raise CannotWriteError(f"the spans cannot be stored: {problem}") from None
        self._trouble.over(f"spans can be stored in {self.folder} again")

        def tell() -> None:
            self.on_stored(summaries)
            self.on_new_chunks([c for c in chunks if duplicates[id(c)] < c.summary.spans])

        again = [sum(duplicates[id(c)] + c.copies for c in job.chunks) for job in jobs]
        return Committed(again, tell)

    def _record_stored_services(self) -> None:
        """Give a colour to every service with stored spans, even if the catalog was lost."""
        listed = {service.name for service in self.catalog.services()}
        for partition in self._partitions.all:
            for service, type_ in partition.services():
                if service not in listed:
                    self.catalog.record({service: kind_of_type(type_)}, partition.newest)
