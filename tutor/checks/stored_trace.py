"""A trace as the collector has stored it, for checks to ask: spans with their parents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from tutor.collector import Collector

COLUMNS = ("service", "name", "resource", "type")


@dataclass(frozen=True, eq=False)
class Span:
    """One span. `start` (after the trace's first start) and `duration` are in nanoseconds."""

    trace: Trace
    row: int
    id: str
    service: str
    name: str
    resource: str
    type: str
    start: int
    duration: int
    error: bool

    @property
    def end(self) -> int:
        """When it ended, in nanoseconds after the trace's first start."""
        return self.start + self.duration

    @property
    def epoch_start(self) -> int:
        """When it began, in nanoseconds since 1970: comparable between traces."""
        return self.trace.t0 + self.start

    @property
    def parent(self) -> Span | None:
        """The span that this one is a child of; None for a root."""
        row = self.trace.columns["parent"][self.row]
        return self.trace.spans[row] if row >= 0 else None

    @property
    def children(self) -> list[Span]:
        """The spans whose parent it is."""
        return [span for span in self.trace.spans if span.parent is self]

    @property
    def descendants(self) -> list[Span]:
        """All spans below this one, at any depth."""
        return [span for child in self.children for span in (child, *child.descendants)]

    @cached_property
    def details(self) -> dict[str, Any]:
        """Tags, events and links, as `GET /api/trace/<id>/span/<id>` answers."""
        return self.trace.collector.span(self.trace.id, self.id)

    @property
    def tags(self) -> dict[str, Any]:
        """The tags. Every one is a string or a number."""
        return dict(self.details["tags"])

    def __str__(self) -> str:
        return f"{self.name} ({self.service}, {self.resource})"


class Trace:
    """A trace: its id, its address in the UI, and its spans, parents before their children."""

    def __init__(self, answer: dict[str, Any], collector: Collector, url: str) -> None:
        self.id: str = answer["trace_id"]
        self.t0 = int(answer["t0"])
        """The trace's first start, in nanoseconds since 1970."""
        self.url = url
        self.collector = collector
        self.columns: dict[str, Any] = answer["columns"]
        self._strings: list[str] = answer["strings"]
        self.spans = [self._span(row) for row in range(answer["spans"])]

    def _span(self, row: int) -> Span:
        columns = self.columns
        service, name, resource, type_ = (self._strings[columns[key][row]] for key in COLUMNS)
        return Span(
            trace=self,
            row=row,
            id=columns["id"][row],
            service=service,
            name=name,
            resource=resource,
            type=type_,
            start=columns["start"][row],
            duration=columns["duration"][row],
            error=bool(columns["error"][row]),
        )

    @property
    def roots(self) -> list[Span]:
        """The spans without a parent: just one, if the trace is whole."""
        return [span for span in self.spans if span.parent is None]

    @property
    def root(self) -> Span:
        """The first root."""
        return self.roots[0]

    @property
    def services(self) -> set[str]:
        """The services that took part."""
        return {span.service for span in self.spans}

    def find(self, name: str = "", service: str = "", resource: str = "") -> list[Span]:
        """Return the spans with that name, service and resource; "" stands for any."""
        return [
            span
            for span in self.spans
            if name in ("", span.name)
            and service in ("", span.service)
            and resource in ("", span.resource)
        ]

    def __iter__(self) -> Iterator[Span]:
        return iter(self.spans)

    def outline(self, max_kinds: int = 12) -> str:
        """Say what the trace is made of: `1 flask.request (web), 60 sqlalchemy.query (db)`, with
        `…` for what is beyond `max_kinds`."""
        counts: dict[str, int] = {}
        for span in self.spans:
            kind = f"{span.name} ({span.service})"
            counts[kind] = counts.get(kind, 0) + 1
        kinds = [f"{count} {kind}" for kind, count in counts.items()]
        return ", ".join(kinds[:max_kinds]) + (", …" if len(kinds) > max_kinds else "")


def max_concurrent(spans: Iterable[Span]) -> int:
    """Return how many of `spans`, which may be of several traces, were under way at the busiest
    moment."""
    changes = sorted(
        change
        for span in spans
        for change in ((span.epoch_start, 1), (span.epoch_start + max(span.duration, 1), -1))
    )  # at the same moment the end of one comes before the beginning of another
    highest = now = 0
    for _, change in changes:
        now += change
        highest = max(highest, now)
    return highest


def most_common_resource(spans: Iterable[Span]) -> tuple[str, int]:
    """Return the resource that most of `spans` have, and how many those are (the teeth of a comb);
    `("", 0)` if there are no spans."""
    most_common = Counter(span.resource for span in spans).most_common(1)
    return most_common[0] if most_common else ("", 0)
