"""What a search asks of the traces that may match, wherever they are kept."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple, Protocol

from collector.model import Span
from collector.search.order import Cursor, Order
from collector.store.trace_store import TracePart
from collector.trace_summary import TraceSummary


class TimeRange(NamedTuple):
    """The moments at which a trace may start, ns since 1970. `end` is not among them."""

    begin: int
    end: int


class Measures(NamedTuple):
    """What an overview needs of some traces."""

    durations: list[int]
    """How long those take, ns, that have a possible time."""
    traces: int = 0
    spans: int = 0
    failed: int = 0
    """Traces with an error."""
    slowest: tuple[int, str] = -1, ""
    """The longest duration, and a trace that took so long; -1 without any."""

    @classmethod
    def of(cls, traces: Collection[tuple[int, int, int, str]]) -> Measures:
        """Return the measures of traces. Each is given as duration (ns; -1 if no time in it is
        possible), number of spans, number of errors, and id."""
        timed = [(duration, trace_id) for duration, _, _, trace_id in traces if duration >= 0]
        return cls(
            [duration for duration, _ in timed],
            len(traces),
            sum([spans for _, spans, _, _ in traces]),
            sum([errors > 0 for _, _, errors, _ in traces]),
            max(timed, default=(-1, "")),
        )

    def and_those(self, other: Measures) -> Measures:
        """Return the measures of these and other traces."""
        return Measures(
            self.durations + other.durations,
            self.traces + other.traces,
            self.spans + other.spans,
            self.failed + other.failed,
            max(self.slowest, other.slowest),
        )


class View(Protocol):
    """The traces of a part of the store, or of all of it, during one search. A trace is known by
    its row number, which is the view's own."""

    @property
    def partition(self) -> TracePart:
        """What numbers its traces."""

    @property
    def exact(self) -> bool:
        """Whether every candidate matches. If False, their spans must be checked."""

    def is_sure(self, row: int) -> bool:
        """Return whether candidate number `row` matches, so that its spans need not be checked."""

    def count(self) -> int:
        """Return the number of candidates that start in the range."""

    def count_sure(self) -> int:
        """Return the number of those among them that need not be checked."""

    def ordered(
        self, order: Order, after: Cursor | None, *, only_unsure: bool = False
    ) -> Iterator[tuple[int, str, int, View]]:
        """Yield key, trace id, row number and this view for each candidate in the range, or for
        each that must be checked.

        They come in order and begin after the cursor, if there is one.
        """

    def newest(self) -> Iterator[tuple[int, str, int, int]]:
        """Yield start, trace id, row number and number of spans of each candidate in the range, the
        newest first."""

    def measures(self) -> Measures:
        """Return the measures of the candidates in the range that need not be checked."""

    def summary(self, row: int) -> TraceSummary:
        """Return the summary of trace number `row`."""

    def spans(self, row: int) -> list[Span]:
        """Return the spans of trace number `row`, the first received if there are very many."""
