"""Several ClickHouses that share the traces between them: each trace is whole on one of them."""

from __future__ import annotations

import heapq
import shutil
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from operator import attrgetter
from pathlib import Path
from typing import TypeVar

from collector.log import say
from collector.model import Chunk
from collector.store.clickhouse.address import Address
from collector.store.clickhouse.connection import ClickHouseError, Connection
from collector.store.clickhouse.kept_marks import read_why_kept
from collector.store.clickhouse.load_runs import SharedRuns
from collector.store.clickhouse.newcomers import Newcomers
from collector.store.clickhouse.services import Services
from collector.store.clickhouse.settings import SharedSetting
from collector.store.clickhouse.store import ClickHouseStore
from collector.store.clickhouse.stored_trace import ClickHouseTrace
from collector.store.folder_lock import FolderLock
from collector.store.group_commit import AddResult, committed
from collector.store.index_terms import Operation
from collector.store.new_chunk import NewChunk
from collector.store.partition import Partition
from collector.store.totals import Totals
from collector.store.trace_store import NewTraces
from collector.store.why_kept import WhyKept
from collector.trace_ids import lower_half
from collector.trace_summary import TraceSummary

Item = TypeVar("Item")

FORGET_S = 60.0
"""How long arrivals that nobody asks for are remembered."""
_PROBE_S = 1.0
"""How often it is tried whether all of them answer."""
_PROBE_AGAIN_S = 5.0
"""How often it is tried while one does not: it may take a while to find out."""


class ClickHouseShards:
    """Traces on one ClickHouse or more. Everything may be called from any thread.

    The lower half of a trace's id says on which: all forms of an id have it. The services are on
    all of them.
    """

    is_shared = True

    def __init__(
        self, addresses: Sequence[Address], folder: Path, max_age: float = 7 * 86_400
    ) -> None:
        """Create the tables where they are missing. `folder` is for what the collector keeps for
        itself, `max_age` is in seconds.

        Raises `ClickHouseError` if one of them refuses or none answers, `StoreInUseError` if
        another collector has the folder, `OSError` if it is not writable.
        """
        self.on_stored: Callable[[list[TraceSummary]], None] = lambda summaries: None
        self.is_held: Callable[[str], bool] = lambda trace_id: False
        self.why_kept: Callable[[list[str]], Mapping[str, WhyKept]] = lambda trace_ids: {}
        self.folder = folder
        self._lock = FolderLock(folder)
        self._shards: list[ClickHouseStore] = []
        self._answering: list[ClickHouseStore] = []
        self._missing: list[str] = []
        self._probe_at = 0.0
        scratch = folder / "digests"
        try:
            shutil.rmtree(scratch, ignore_errors=True)
            scratch.mkdir()
            connections = [Connection(address) for address in addresses]
            self.catalog = Services(connections)
            for connection in connections:
                shard = ClickHouseStore(connection, self.catalog, scratch, max_age)
                self._shards.append(shard)
            self._prepare()
        except BaseException:
            self.close()
            raise

    def _prepare(self) -> None:
        """See that they can be used: what refuses is a mistake, what does not answer may be down
        for a while. Raises `ClickHouseError` if one refuses, or none answers."""
        for shard in self._shards:
            try:
                shard.prepare()
            except ClickHouseError as problem:
                if problem.code:
                    raise
                self._missing.append(str(problem))
        if len(self._missing) == len(self._shards):
            raise ClickHouseError("; ".join(self._missing))
        for reason in self._missing:
            say(f"{reason}; until then its part of the traces is left out")

    @property
    def on_new_chunks(self) -> Callable[[Sequence[NewChunk]], None]:
        """Called by the writing threads after every commit with all that had not been stored
        before."""
        return self._shards[0].on_new_chunks

    @on_new_chunks.setter
    def on_new_chunks(self, tell: Callable[[Sequence[NewChunk]], None]) -> None:
        for shard in self._shards:
            shard.on_new_chunks = tell

    def answering(self) -> list[ClickHouseStore]:
        """Return those that answer at present."""
        if time.monotonic() >= self._probe_at:
            answering, missing = [], []
            for shard in self._shards:
                try:
                    shard.prepare()
                    shard.connection.rows("SELECT 1")
                    answering.append(shard)
                except ClickHouseError as problem:
                    missing.append(str(problem))
            self._answering, self._missing = answering, missing
            if answering:  # else they are tried again at once
                self._probe_at = time.monotonic() + (_PROBE_AGAIN_S if missing else _PROBE_S)
        if not self._answering:
            raise ClickHouseError("; ".join(self._missing))
        return self._answering

    def missing(self) -> list[str]:
        """Return which of them do not answer at present, and why: searches leave them out."""
        with suppress(ClickHouseError):  # none does
            self.answering()
        return self._missing

    def look_again(self) -> bool:
        """Find out anew which of them answer, after one has not; return whether that is another
        set than before, so that the rest can answer now."""
        before = self._missing
        self._probe_at = 0.0
        return self.missing() != before and len(self._missing) < len(self._shards)

    def add(self, chunks: list[Chunk]) -> AddResult:
        """Store the chunks; all of them are committed when this returns.

        Raises `BusyError` if too much is waiting, `CannotWriteError` if some cannot be stored,
        `NoAnswerError` if that is not known in time. Others may be stored then; sent again, they
        are duplicates.
        """
        by_shard = self._by_shard(chunks, attrgetter("trace_id"))
        # All of them at once, or each would wait for those before it.
        submitted = [shard.submit(here) for shard, here in by_shard.items()]
        results = list(map(committed, submitted))
        return AddResult(sum(r.spans for r in results), sum(r.duplicates for r in results))

    def find(self, trace_id: str) -> ClickHouseTrace | None:
        """Return the trace; None if it is not stored. Either id may lack its upper half.

        Raises `ClickHouseError` if that cannot be told.
        """
        return self._shard_of(trace_id).find(trace_id)

    def find_all(self, trace_ids: Collection[str]) -> dict[str, ClickHouseTrace]:
        """Return those of the traces that are stored where it can be read at present, by the ids
        given. Raises `ClickHouseError` if one has just gone, or none answers."""
        by_shard = self._by_shard(trace_ids, str)
        found: dict[str, ClickHouseTrace] = {}
        for shard in self.answering():
            if here := by_shard.get(shard):
                found |= shard.find_all(here)
        return {trace_id: found[trace_id] for trace_id in trace_ids if trace_id in found}

    def tagged(self, trace_ids: Collection[str], tags: Collection[tuple[str, str]]) -> set[str]:
        """Return those of the traces of which some span has one of these tags, a key and a value.
        Raises `ClickHouseError`."""
        found: set[str] = set()
        for shard, here in self._by_shard(trace_ids, str).items():
            found |= shard.tagged(here, tags)
        return found

    def with_span(self, span_id: int) -> Iterator[ClickHouseTrace]:
        """Yield the traces that have a span with this id. Raises `ClickHouseError`."""
        for shard in self.answering():
            yield from shard.with_span(span_id)

    def words(self, kind: str, *values: str) -> Iterator[str]:
        """Yield the services, names, resources or types, or the keys of tags (`key`), that are
        stored, or the values of a tag (`tag` and its key). Raises `ClickHouseError`."""
        for shard in self.answering():
            yield from shard.words(kind, *values)

    def traces_by_operation(self, service: str | None) -> dict[Operation, int]:
        """Return in how many traces each operation of a service, or of all, occurs. Raises
        `ClickHouseError`."""
        traces: Counter[Operation] = Counter()
        for shard in self.answering():
            traces.update(shard.traces_by_operation(service))
        return dict(traces)

    def resources_seen(self, operations: Collection[Operation]) -> dict[Operation, list[str]]:
        """Return the resources seen with each of these operations, as templates. Raises
        `ClickHouseError`."""
        seen: dict[Operation, dict[str, None]] = {operation: {} for operation in operations}
        for shard in self.answering():
            for operation, resources in shard.resources_seen(operations).items():
                seen[operation].update(dict.fromkeys(resources))
        return {operation: list(resources) for operation, resources in seen.items()}

    def newest_traces(self) -> Iterator[ClickHouseTrace]:
        """Yield the traces that are stored now, those of each shard newest first. Raises
        `ClickHouseError`."""
        for shard in self.answering():
            yield from shard.newest_traces()

    def partitions(self) -> list[Partition]:
        """Return no files: the traces are elsewhere."""
        return []

    def state(self) -> object:
        """Return a value that changes with whatever is stored or dropped. Raises
        `ClickHouseError`."""
        return tuple(shard.state() for shard in self.answering())

    def newcomers(self) -> NewTraces:
        """Return the traces that came or grew since the last call, whichever collector has stored
        them. For one thread. Raises `ClickHouseError`."""
        found = [shard.newcomers() for shard in self.answering()]
        # Each has them in the order in which they came; mostly, that is when they ended.
        traces = list(heapq.merge(*[here.traces for here in found], key=attrgetter("end")))
        return NewTraces(traces, sum(here.left_out for here in found))

    def arrivals(self) -> Callable[[], list[str]]:
        """Return a function for one thread that returns the ids of the traces that came or grew
        since it was last called, whichever collector has stored them, as far as can be told at
        present."""
        newcomers = {id(shard): Newcomers(shard.connection, FORGET_S) for shard in self._shards}

        def since_last_called() -> list[str]:
            arrived = []
            for shard in self.answering():
                with suppress(ClickHouseError):  # it tells them the next time
                    arrived += newcomers[id(shard)].ids()
            return arrived

        return since_last_called

    def why_marked(self, trace_ids: Collection[str]) -> dict[str, WhyKept]:
        """Return why other collectors have kept some of these traces, by their ids, as they have
        marked the spans. Raises `ClickHouseError`."""
        return {
            trace_id: why
            for shard in self.answering()
            for trace_id, why in read_why_kept(shard.connection, trace_ids).items()
        }

    def totals(self) -> Totals:
        """Return how much is stored, of what was known last where one does not answer."""
        all_totals = [shard.totals() for shard in self._shards]
        return Totals(
            sum(totals.spans for totals in all_totals),
            sum(totals.traces for totals in all_totals),
            sum(totals.bytes for totals in all_totals),
            min((totals.oldest for totals in all_totals if totals.traces), default=0),
            max(totals.newest for totals in all_totals),
            sum(totals.dropped_spans for totals in all_totals),
        )

    def setting(self, name: str, folder: Path) -> SharedSetting:
        """Return the setting with this name, which all collectors share; the folder is not used."""
        return SharedSetting([shard.connection for shard in self._shards], name)

    def runs(self, folder: Path) -> SharedRuns:
        """Return the records of load tests, which all collectors share; the folder is not used."""
        return SharedRuns([shard.connection for shard in self._shards])

    def close(self) -> None:
        """Commit what is waiting. `add` raises `CannotWriteError` from now on."""
        for shard in self._shards:
            shard.close()
        self._lock.close()

    def problem(self) -> str:
        """Return why nothing can be stored, in a sentence; "" if all is well."""
        return next(filter(None, (shard.problem() for shard in self._shards)), "")

    def _by_shard(
        self, items: Iterable[Item], trace_id_of: Callable[[Item], str]
    ) -> dict[ClickHouseStore, list[Item]]:
        """Return the items by where their traces are, without those that have none."""
        by_shard: dict[ClickHouseStore, list[Item]] = {}
        for item in items:
            by_shard.setdefault(self._shard_of(trace_id_of(item)), []).append(item)
        return by_shard

    def _shard_of(self, trace_id: str) -> ClickHouseStore:
        # Not the number itself: ids that are counted up in steps would all be on one.
        mixed = int(lower_half(trace_id), 16) * 0x9E3779B97F4A7C15 & (2**64 - 1)
        return self._shards[(mixed >> 32) % len(self._shards)]
