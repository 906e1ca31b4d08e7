"""Traces in one ClickHouse: any number of collectors add to them and ask for them, each knowing
nothing that the others do not."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Future
from pathlib import Path

from collector.log import Trouble
from collector.model import Chunk
from collector.store.clickhouse.batch import Batch, Request, StoredChunk, request_of
from collector.store.clickhouse.bound_values import BoundValues
from collector.store.clickhouse.connection import ClickHouseError, Connection
from collector.store.clickhouse.known_traces import KnownTraces, read_known_traces
from collector.store.clickhouse.neighbours import Neighbours
from collector.store.clickhouse.newcomers import Newcomers
from collector.store.clickhouse.numbered_traces import NumberedTraces
from collector.store.clickhouse.operations import read_resources_seen, read_traces_by_operation
from collector.store.clickhouse.retention import Retention
from collector.store.clickhouse.schema import create_tables
from collector.store.clickhouse.services import Services
from collector.store.clickhouse.span_block import NAMES
from collector.store.clickhouse.stored_totals import StoredTotals
from collector.store.clickhouse.stored_trace import ClickHouseTrace
from collector.store.clickhouse.summaries import read_summaries
from collector.store.clickhouse.trace_reader import has_tag
from collector.store.group_commit import AddResult, CannotWriteError, Committed, GroupCommitter, Job
from collector.store.index_terms import FIELDS, Operation
from collector.store.new_chunk import NewChunk
from collector.store.totals import Totals
from collector.store.trace_store import NewTraces
from collector.trace_ids import lower_half, same_trace
from collector.trace_summary import TraceSummary

MAX_LIKELY_TRACES = 20
"""Traces that are looked at for one with a span."""
_PAGE_TRACES = 4_096
MAX_WORDS = 2_000
"""Words of a kind that are looked at for one that may be meant."""


class ClickHouseStore:
    """Traces in a database of a ClickHouse. Everything may be called from any thread."""

    def __init__(
        self, connection: Connection, catalog: Services, scratch: Path, max_age: float
    ) -> None:
        """Ask for nothing yet. `scratch` is a folder for what can be made again, `max_age` is in
        seconds."""
        self.on_new_chunks: Callable[[Sequence[NewChunk]], None] = lambda chunks: None
        self.connection = connection
        self.catalog = catalog
        self._scratch = scratch
        self._is_prepared = False
        self._retention = Retention(self.connection, max_age)
        self._newcomers = Newcomers(self.connection)
        self._totals = StoredTotals(self.connection)
        self._numbering = threading.Lock()
        self._numbered = self._new_numbers()
        self._trouble, self._upkeep_trouble = Trouble(), Trouble()
        self._committer = GroupCommitter(self._commit, self._maintain)

    def prepare(self) -> None:
        """Create the tables where they are missing, once it answers. Raises `ClickHouseError` if
        that is not possible at present."""
        if not self._is_prepared:
            create_tables(self.connection)
            self._is_prepared = True

    def submit(self, chunks: list[Chunk]) -> Future[AddResult]:
        """Have the chunks stored, of which there is at least one; return what will be known of
        that. ClickHouse has them then.

        Raises `BusyError` if too much is waiting, `CannotWriteError` if they cannot be stored, as
        the future does, too.
        """
        return self._committer.submit([request_of(chunks)], sum([len(c.spans) for c in chunks]))

    def find(self, trace_id: str) -> ClickHouseTrace | None:
        """Return the trace; None if it is not stored. Either id may lack its upper half.

        Raises `ClickHouseError` if that cannot be told.
        """
        values = BoundValues()
        lower = values.unsigned(int(lower_half(trace_id), 16))
        query = f"SELECT DISTINCT upper FROM span WHERE lower = {lower}"
        stored = {
            f"{upper:016x}{trace_id[16:]}" for (upper,) in self.connection.rows(query, values)
        }
        known_as = same_trace(trace_id, stored)
        return self._trace(known_as) if known_as else None

    def find_all(self, trace_ids: Collection[str]) -> dict[str, ClickHouseTrace]:
        """Return those of the traces that are stored, by the ids given, in that order. Raises
        `ClickHouseError` if that cannot be told."""
        values = BoundValues()
        query = (
            "SELECT upper, lower, count() FROM span"
            f" WHERE lower IN (SELECT lower FROM {values.ids(trace_ids)}) GROUP BY lower, upper"
        )
        spans_of: dict[str, dict[str, int]] = {}
        for upper, lower, spans in self.connection.rows(query, values):
            stored = f"{upper:016x}{lower:016x}"
            spans_of.setdefault(lower_half(stored), {})[stored] = spans
        known_as: dict[str, str] = {}
        for trace_id in trace_ids:
            if found := same_trace(trace_id, spans_of.get(lower_half(trace_id), {})):
                known_as[trace_id] = found
        sizes = {found: spans_of[lower_half(found)][found] for found in known_as.values()}
        neighbours = Neighbours(self.connection, list(sizes.items()))
        return {asked: self._trace(found, neighbours) for asked, found in known_as.items()}

    def summaries(self, trace_ids: Collection[str]) -> dict[str, TraceSummary]:
        """Return the summaries of those of the traces that are stored, by their ids. Raises
        `ClickHouseError`."""
        return read_summaries(self.connection, trace_ids)

    def tagged(self, trace_ids: Collection[str], tags: Collection[tuple[str, str]]) -> set[str]:
        """Return those of the traces of which some span has one of these tags, a key and a value.
        Raises `ClickHouseError`."""
        if not trace_ids:
            return set()
        values = BoundValues()
        conditions = " OR ".join(has_tag(key, value, values) for key, value in tags)
        query = (
            f"SELECT DISTINCT upper, lower FROM span PREWHERE (lower, upper) IN"
            f" {values.ids(trace_ids)} WHERE {conditions}"
        )
        rows = self.connection.rows(query, values)
        return {f"{upper:016x}{lower:016x}" for upper, lower in rows}

    def with_span(self, span_id: int) -> Iterator[ClickHouseTrace]:
        """Yield the traces that have a span with this id, the newest first. Raises
        `ClickHouseError`."""
        values = BoundValues()
        query = (
            f"SELECT upper, lower FROM span WHERE span_id = {values.unsigned(span_id)}"
            f" GROUP BY upper, lower ORDER BY max(received) DESC LIMIT {MAX_LIKELY_TRACES}"
        )
        for upper, lower in self.connection.rows(query, values):
            yield self._trace(f"{upper:016x}{lower:016x}")

    def words(self, kind: str, *values: str) -> Iterator[str]:
        """Yield the services, names, resources or types, or the keys of tags (`key`), that are
        stored, or the values of a tag (`tag` and its key). Raises `ClickHouseError`."""
        bound = BoundValues()
        if kind == "key":
            source = "SELECT arrayJoin(tag.key) AS word FROM span"
        elif kind == "tag":
            key = bound.text(values[0])
            texts = f"arrayFilter((value, key) -> key = {key}, tag.value, tag.key)"
            source = f"SELECT arrayJoin({texts}) AS word FROM span"
        else:
            source = f"SELECT {FIELDS[FIELDS.index(kind)]} AS word FROM span"
        query = f"SELECT DISTINCT word FROM ({source}) LIMIT {MAX_WORDS}"
        yield from (word for (word,) in self.connection.rows(query, bound))

    def numbered(self) -> NumberedTraces:
        """Return what gives traces numbers at present."""
        with self._numbering:
            if self._numbered.is_full:
                self._numbered.close()
                self._numbered = self._new_numbers()
            return self._numbered

    def state(self) -> object:
        """Return a value that changes with whatever is stored or dropped. Raises
        `ClickHouseError`."""
        ((spans,),) = self.connection.rows("SELECT count() FROM span")
        return self.numbered().number, spans

    def traces_by_operation(self, service: str | None) -> dict[Operation, int]:
        """Return in how many traces each operation of a service, or of all, occurs. Raises
        `ClickHouseError`."""
        return read_traces_by_operation(self.connection, service)

    def resources_seen(self, operations: Collection[Operation]) -> dict[Operation, list[str]]:
        """Return the resources seen with each of these operations, as templates, those seen last
        first. Raises `ClickHouseError`."""
        return read_resources_seen(self.connection, operations)

    def newest_traces(self) -> Iterator[ClickHouseTrace]:
        """Yield the traces that are stored now, those received last first. Raises
        `ClickHouseError`."""
        before = time.time_ns()
        while True:
            values = BoundValues()
            rows = self.connection.rows(
                "SELECT upper, lower, count(), max(received) AS latest FROM span"
                f" GROUP BY upper, lower HAVING latest < {values.unsigned(before)}"
                f" ORDER BY latest DESC LIMIT {_PAGE_TRACES}",
                values,
            )
            sizes: dict[str, int] = {}
            for upper, lower, spans, before in rows:  # noqa: B007 the last one ends the page
                sizes[f"{upper:016x}{lower:016x}"] = spans
            neighbours = Neighbours(self.connection, list(sizes.items()))
            for trace_id in sizes:
                yield self._trace(trace_id, neighbours)
            if len(rows) < _PAGE_TRACES:
                return

    def newcomers(self) -> NewTraces:
        """Return the traces that came or grew since the last call, whichever collector has stored
        them. For one thread. Raises `ClickHouseError`."""
        return self._newcomers.since_last_asked()

    def totals(self) -> Totals:
        """Return how much is stored: now, or a moment ago if that takes long to find out; what was
        known last if ClickHouse does not say. What two collectors took in at once counts twice."""
        return self._totals.read()._replace(dropped_spans=self._retention.dropped_spans)

    def close(self) -> None:
        """Commit what is waiting. `add` raises `CannotWriteError` from now on."""
        self._committer.close()
        with contextlib.suppress(ClickHouseError):  # only loses when services were last seen
            self.catalog.write()
        self._numbered.close()
        self.connection.close()

    def _trace(self, trace_id: str, neighbours: Neighbours | None = None) -> ClickHouseTrace:
        return ClickHouseTrace(self.connection, trace_id, self.numbered(), neighbours)

    def _new_numbers(self) -> NumberedTraces:
        return NumberedTraces(self.connection, self._scratch)

    def problem(self) -> str:
        """Return why nothing can be stored, in a sentence; "" if all is well."""
        return self._committer.problem()

    def _maintain(self) -> None:
        """Write down when services were last seen, and drop what is too old, now and then."""
        if not self._is_prepared:
            return
        try:
            self.catalog.maintain()
            self._retention.maintain()
        except ClickHouseError as problem:
            self._upkeep_trouble.report(str(problem))
        else:
            self._upkeep_trouble.over(f"{self.connection.address} can be looked after again")

    def _commit(self, jobs: list[Job[Request]]) -> Committed:
        try:
            stored, duplicates = self._store(jobs)
        except ClickHouseError as problem:
            self._trouble.report(f"spans cannot be stored: {problem}")
            raise CannotWriteError(f"the spans cannot be stored: {problem}") from None
        self._trouble.over(f"spans can be stored in {self.connection.address} again")
        return Committed(duplicates, lambda: self.on_new_chunks(stored))

    def _known(self, requests: list[Request]) -> KnownTraces:
        """Return what is stored of the traces of some requests. Raises `ClickHouseError`."""
        return read_known_traces(
            self.connection,
            {chunk.trace_id for request in requests for chunk in request.chunks},
            [identity for request in requests for identity in request.encoded.identities],
        )

    def _store(self, jobs: list[Job[Request]]) -> tuple[list[StoredChunk], list[int]]:
        """Insert what is new in one go, which ClickHouse does wholly or not at all; return it, and
        how many spans of each job were known."""
        self.prepare()
        requests = [request for job in jobs for request in job.chunks]
        batch = Batch(self._known(requests))
        duplicates = [sum([batch.add(request) for request in job.chunks]) for job in jobs]
        if batch.chunks:
            self.catalog.record(batch.chunks)
            self.connection.insert(f"span ({NAMES})", batch.block(time.time_ns()), "Native")
        return batch.chunks, duplicates
