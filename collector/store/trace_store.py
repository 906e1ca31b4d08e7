"""What the rest of the collector asks of a store, whichever keeps the traces."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from collector.load_runs.run_files import Runs
from collector.model import Chunk, Span
from collector.store.group_commit import AddResult
from collector.store.index_terms import Operation
from collector.store.new_chunk import NewChunk
from collector.store.partition import Partition
from collector.store.service_catalog import Service
from collector.store.settings import Setting
from collector.store.sidecars import SidecarType
from collector.store.span_outline import SpanOutline
from collector.store.totals import Totals
from collector.store.trace_spans import SelectedSpans
from collector.store.why_kept import WhyKept
from collector.trace_summary import TraceSummary

SpanReading = Callable[[], list[Span]]
"""Reads the spans of a trace that answers are made of, wherever it is called: it can be pickled,
and so taken to another process. It raises `sqlite3.Error` or `ClickHouseError`."""


class TracePart(Protocol):
    """A part of a store, in which traces have numbers from 1 on."""

    number: int
    """Tells the part from all others."""

    def spans_of(self, row: int) -> list[Span]:
        """Return the spans of trace number `row` that answers are made of."""

    def reading(self, row: int) -> SpanReading:
        """Return what reads the spans of trace number `row` in another process."""

    def stored_bytes(self, rows: Sequence[int]) -> dict[int, int]:
        """Return how many bytes the spans of some traces take, by their numbers, indexes not
        counted."""

    def sidecar(self, suffix: str, open_file: Callable[[Path, int], SidecarType]) -> SidecarType:
        """Return the open file with this suffix beside the part: the first call opens it with
        `open_file`, which gets its path and a number that tells the part from others in its place.

        Raises `sqlite3.Error` if the part is closed.
        """


class FoundTrace(Protocol):
    """A trace in a store. It may grow between one call and the next."""

    @property
    def trace_id(self) -> str:
        """32 hex digits."""

    @property
    def place(self) -> tuple[TracePart, int]:
        """The part of the store that it is in, and its number there."""

    def summary(self) -> TraceSummary:
        """Return its summary."""

    def spans(self) -> list[Span]:
        """Return the spans that answers are made of, in the order received: all of them, or those
        chosen of very many."""

    def selected_spans(self) -> SelectedSpans:
        """Return the same, and how they were chosen."""

    def first_spans(self) -> list[Span]:
        """Return the first spans received: quicker, where there are very many and any will do."""

    def chunks(self) -> Iterator[bytes]:
        """Yield its spans as msgpack, one chunk after another, in the order received."""

    def outline(self) -> SpanOutline:
        """Return of each span only what the outline has."""

    def has_tag(self, key: str, value: str) -> bool:
        """Return whether some span has this tag."""

    def relatives(self, span_id: int) -> list[Span]:
        """Return the span with this id, and its children."""


class NewTraces(NamedTuple):
    """Traces that have come or grown."""

    traces: list[TraceSummary]
    """Those that came last last."""
    left_out: int
    """How many more there are at least, which came before these."""


class KnownServices(Protocol):
    """The services ever seen, with the colour that each has."""

    def services(self) -> list[Service]:
        """Return all services, in the order in which they were first seen."""

    def color_and_kind(self, name: str) -> tuple[int, str]:
        """Return the colour and the kind of a service; colour 0 if it is not listed."""


class TraceStore(Protocol):
    """Where traces are kept. Everything may be called from any thread.

    What it is searched for is asked by way of `collector.search.search.open_views`, which has a
    view for each kind of store.
    """

    folder: Path
    """Where the collector keeps what is its own, such as held spans and settings."""
    is_shared: bool
    """Whether other collectors may use it, too."""
    on_stored: Callable[[list[TraceSummary]], None]
    """Called by the writing thread with the new and grown traces after every commit."""
    on_new_chunks: Callable[[Sequence[NewChunk]], None]
    """Called by it after that with all that had not been stored before."""
    is_held: Callable[[str], bool]
    """Whether a trace waits elsewhere to be stored or dropped."""
    why_kept: Callable[[list[str]], Mapping[str, WhyKept]]
    """Why some of these traces were kept, as far as that is known."""

    @property
    def catalog(self) -> KnownServices:
        """The services that have been seen."""

    def add(self, chunks: list[Chunk]) -> AddResult:
        """Store the chunks; they are committed when this returns.

        Raises `BusyError` if too much is waiting, `CannotWriteError` if they cannot be stored,
        `NoAnswerError` if that is not known in time.
        """

    def find(self, trace_id: str) -> FoundTrace | None:
        """Return the trace; None if it is not stored. Either id may lack its upper half."""

    def find_all(self, trace_ids: Collection[str]) -> Mapping[str, FoundTrace]:
        """Return those of the traces that are stored where it can be read at present, by the ids
        given, in that order: quicker than one by one, if they are asked in that order, too."""

    def tagged(self, trace_ids: Collection[str], tags: Collection[tuple[str, str]]) -> set[str]:
        """Return those of the traces of which some span has one of these tags, a key and a value;
        also those that are just gone."""

    def with_span(self, span_id: int) -> Iterator[FoundTrace]:
        """Yield traces that may have a span with this id, the newest first."""

    def words(self, kind: str, *values: str) -> Iterator[str]:
        """Yield the services, names, resources or types, or the keys of tags (`key`), that are
        stored, or the values of a tag (`tag` and its key); some of them more than once."""

    def traces_by_operation(self, service: str | None) -> dict[Operation, int]:
        """Return in how many traces each operation of a service, or of all, occurs."""

    def resources_seen(self, operations: Collection[Operation]) -> dict[Operation, list[str]]:
        """Return the resources seen with each of these operations, as templates, those seen last
        first."""

    def newest_traces(self) -> Iterator[FoundTrace]:
        """Yield the traces that are stored now, the newest first; those that are dropped meanwhile
        are left out."""

    def partitions(self) -> list[Partition]:
        """Return the files that the traces are in, newest first; none where they are elsewhere."""

    def state(self) -> object:
        """Return a value that changes with whatever is stored or dropped."""

    def newcomers(self) -> NewTraces:
        """Return the traces that came or grew since the last call and were not given to
        `on_stored`: those that other collectors have stored. For one thread."""

    def arrivals(self) -> Callable[[], list[str]]:
        """Return a function for one thread that returns the ids of the traces that came or grew
        since it was last called, or a moment before, and may be from other collectors."""

    def why_marked(self, trace_ids: Collection[str]) -> Mapping[str, WhyKept]:
        """Return why other collectors have kept some of these traces, by their ids, as they have
        marked the spans."""

    def totals(self) -> Totals:
        """Return how much is stored now."""

    def missing(self) -> list[str]:
        """Return what cannot be read at present, and why, in sentences: searches leave it out."""

    def look_again(self) -> bool:
        """Find out anew what cannot be read, after something could not; return whether that is
        something else than was known, so that the same question may be answered now."""

    def problem(self) -> str:
        """Return why nothing can be stored, in a sentence; "" if all is well."""

    def setting(self, name: str, folder: Path) -> Setting:
        """Return the setting with this name: in a file in the folder, unless all collectors of the
        store share it."""

    def runs(self, folder: Path) -> Runs:
        """Return the records of load tests: in files in the folder, unless all collectors of the
        store share them."""

    def close(self) -> None:
        """Commit what is waiting, and let go of what is open."""
