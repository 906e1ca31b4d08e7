"""What a search asks of the traces that may match, wherever they are kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, Protocol

from collector.model import Span
from collector.search.order import Cursor, Order
from collector.store.trace_store import TracePart
from collector.trace_summary import TraceSummary


class TimeRange(NamedTuple):
    """The moments at which a trace may start, ns since 1970. `end` is not among them."""

    begin: int
    end: int


Measures = tuple[int, int, int, str]
"""What an overview needs of a trace: duration (ns; -1 if no time in it is possible), spans, errors,
trace id."""


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

    def measures(self) -> list[Measures]:
        """Return the measures of each candidate in the range that need not be checked."""

    def summary(self, row: int) -> TraceSummary:
        """Return the summary of trace number `row`."""

    def spans(self, row: int) -> list[Span]:
        """Return the spans of trace number `row`, the first received if there are very many."""
