"""The summary of a trace: its root, times, counts and services, kept up to date as spans arrive."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import msgspec

from collector.http_status import status_of
from collector.model import Span

NO_START = 2**62
"""Stands for a time that is not known; later than every other."""


class TraceSummary(msgspec.Struct):
    """A trace in one row. The fields are the columns of the table `trace`, in the same order."""

    trace_id: str
    start: int
    """The first start, ns since 1970. Spans with impossible times count for none of the times here;
    if there are no others it is when the first of them arrived."""
    duration: int
    """From the first start to the last end, ns; 0 if all times are impossible."""
    service: str
    """Like name and resource, the root's; the earliest span's if no root has been received."""
    name: str
    resource: str
    status: str
    """The root's HTTP status code; "" if there is none."""
    version: str
    """The deploy, from the root's tag `version`, else the earliest span's; "" if none has it."""
    root_start: int
    """When the root started, ns since 1970; -1 while no root has been received, `NO_START` if its
    start is impossible."""
    spans: int
    errors: int
    """Spans that are errors."""
    services: dict[str, int]
    """Spans per service."""
    shortest: int
    """The duration of the shortest span, ns; `NO_START` if all times are impossible."""
    longest: int
    """The duration of the longest span, ns; -1 if all times are impossible."""

    @property
    def root_received(self) -> bool:
        """Whether a span without a parent has been received."""
        return self.root_start >= 0

    @property
    def timed(self) -> bool:
        """Whether there is a span with possible times."""
        return self.longest >= 0

    @property
    def end(self) -> int:
        """The last end, ns since 1970."""
        return self.start + self.duration

    def with_added(self, other: TraceSummary) -> TraceSummary:
        """Return the summary of these spans together with further ones of the same trace.

        The order in which spans arrive does not matter, unless two candidates for the root started
        at the same moment.
        """
        lead = other if _leads(other, self) else self
        root_starts = [part.root_start for part in (self, other) if part.root_received]
        timed = [part for part in (self, other) if part.timed]
        start = min(part.start for part in timed or (self, other))
        first, second = (self, other) if _begin(self) <= _begin(other) else (other, self)
        return TraceSummary(
            max(self.trace_id, other.trace_id),  # one of them may lack its upper half
            start,
            max((part.end for part in timed), default=start) - start,
            lead.service,
            lead.name,
            lead.resource,
            lead.status,
            lead.version or first.version or second.version,
            min(root_starts, default=-1),
            self.spans + other.spans,
            self.errors + other.errors,
            dict(Counter(self.services) + Counter(other.services)),
            min(self.shortest, other.shortest),
            max(self.longest, other.longest),
        )


def merge_summaries(parts: Sequence[TraceSummary]) -> TraceSummary:
    """Return the summary of a trace of which these are the parts, at least one.

    Neighbours are merged, then pairs of pairs, and so on: added one after another, parts with many
    services would have all services counted again with each of them.
    """
    while len(parts) > 1:
        pairs = zip(parts[::2], parts[1::2], strict=False)
        last = parts[-1:] if len(parts) % 2 else []
        parts = [*(one.with_added(other) for one, other in pairs), *last]
    return parts[0]


def _leads(candidate: TraceSummary, current: TraceSummary) -> bool:
    """Return whether the candidate has the better claim to name the trace: the earlier root, else
    the earlier span."""
    if candidate.root_received and current.root_received:
        return candidate.root_start < current.root_start
    if candidate.root_received or current.root_received:
        return candidate.root_received
    return _begin(candidate) < _begin(current)


def _begin(part: TraceSummary) -> tuple[bool, int]:
    """Return what parts are ordered by: their starts, and last those whose times are impossible."""
    return not part.timed, part.start


def summarize_trace(trace_id: str, spans: list[Span]) -> TraceSummary:
    """Return the summary of these spans, of which there must be at least one."""
    timed = [span for span in spans if not span.arrived]
    if timed:
        starts = [span.start for span in timed]
        durations = [span.duration for span in timed]
    else:
        starts, durations = [min(span.arrived for span in spans)], [0]
    start = min(starts)
    end = max(map(int.__add__, starts, durations))
    roots = [span for span in spans if not span.parent_id]
    lead = roots[0] if roots else (timed or spans)[starts.index(start)]
    for root in roots[1:]:
        if (root.arrived, root.start) < (lead.arrived, lead.start):
            lead = root
    services: dict[str, int] = {}
    for span in spans:
        services[span.service] = services.get(span.service, 0) + 1
    return TraceSummary(
        trace_id,
        start,
        end - start,
        lead.service,
        lead.name,
        lead.resource,
        status_of(lead) if roots else "",
        version_of(lead, spans),
        (NO_START if lead.arrived else lead.start) if roots else -1,
        len(spans),
        sum([span.error for span in spans]),
        services,
        min(durations) if timed else NO_START,
        max(durations) if timed else -1,
    )


def version_of(lead: Span, spans: Sequence[Span]) -> str:
    """Return the deploy that a trace is of: the tag `version` of the span that leads it, else that
    of the earliest span that has one; "" if none has."""
    version = lead.tags.get("version")
    if version is None:
        versioned = [span for span in spans if "version" in span.tags]
        earliest = min(versioned, key=_order, default=None)
        version = earliest.tags["version"] if earliest else ""
    return str(version)


def _order(span: Span) -> tuple[int, int, int]:
    """Return what spans are ordered by: their starts, and last those whose times are impossible."""
    return span.arrived, span.start, span.span_id
