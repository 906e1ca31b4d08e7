"""The summary of a trace: its root, times, counts and services, kept up to date as spans arrive."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import msgspec

from collector.http_status import status_of
from collector.model import Span


class TraceSummary(msgspec.Struct):
    """A trace in one row. The fields are the columns of the table `trace`, in the same order."""

    trace_id: str
    start: int
    """The first start, ns since 1970."""
    duration: int
    """From the first start to the last end, ns."""
    service: str
    """Like name and resource, the root's; the earliest span's if no root has been received."""
    name: str
    resource: str
    status: str
    """The root's HTTP status code; "" if there is none."""
    version: str
    """The deploy, from the root's tag `version`, else the earliest span's; "" if none has it."""
    root_start: int
    """When the root started, ns since 1970; -1 while no root has been received."""
    spans: int
    errors: int
    """Spans that are errors."""
    services: dict[str, int]
    """Spans per service."""
    shortest: int
    """The duration of the shortest span, ns."""
    longest: int
    """The duration of the longest span, ns."""

    @property
    def root_received(self) -> bool:
        """Whether a span without a parent has been received."""
        return self.root_start >= 0

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
        start = min(self.start, other.start)
        first, second = (self, other) if self.start <= other.start else (other, self)
        return TraceSummary(
            self.trace_id,
            start,
            max(self.end, other.end) - start,
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
    return candidate.start < current.start


def summarize_trace(trace_id: str, spans: list[Span]) -> TraceSummary:
    """Return the summary of these spans, of which there must be at least one."""
    starts = [span.start for span in spans]
    start = min(starts)
    durations = [span.duration for span in spans]
    end = max(map(int.__add__, starts, durations))
    roots = [span for span in spans if not span.parent_id]
    lead = roots[0] if roots else spans[starts.index(start)]
    for root in roots:
        if root.start < lead.start:
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
        lead.start if roots else -1,
        len(spans),
        sum([span.error for span in spans]),
        services,
        min(durations),
        max(durations),
    )


def version_of(lead: Span, spans: Sequence[Span]) -> str:
    """Return the deploy that a trace is of: the tag `version` of the span that leads it, else that
    of the earliest span that has one; "" if none has."""
    version = lead.tags.get("version")
    if version is None:
        versioned = [span for span in spans if "version" in span.tags]
        earliest = min(versioned, key=lambda span: (span.start, span.span_id), default=None)
        version = earliest.tags["version"] if earliest else ""
    return str(version)
