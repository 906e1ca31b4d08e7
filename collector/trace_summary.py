"""What is known of a trace as a whole, kept up to date while its spans arrive."""

from __future__ import annotations

from collections import Counter

import msgspec

from collector.model import Span, TagValue

_STATUS = "http.response.status_code"
_OLD_STATUS = "http.status_code"


class Summary(msgspec.Struct):
    """One trace in one row. The fields are the columns of the table `trace`, in its order."""

    trace_id: str
    start: int
    """The first start, ns since 1970."""
    duration: int
    """To the last end, ns."""
    service: str
    """Service, name and resource are the root's; without one those of the earliest span."""
    name: str
    resource: str
    status: str
    """The HTTP status code of the root; "" if it has none."""
    version: str
    """The deploy that the root says it is of, else any span; "" if none does."""
    root_start: int
    """When the root started; -1 while no root was received."""
    spans: int
    errors: int
    services: dict[str, int]
    """Spans per service."""
    shortest: int
    """The duration of the shortest span, ns."""
    longest: int

    @property
    def root_received(self) -> bool:
        """Whether a span without a parent is among the spans."""
        return self.root_start >= 0

    @property
    def end(self) -> int:
        """The last end, ns since 1970."""
        return self.start + self.duration

    def with_added(self, other: Summary) -> Summary:
        """The summary of these spans and further ones of the same trace.

        The order in which spans come plays no part, unless two candidates for the root started at
        the same moment.
        """
        lead = other if _leads(other, self) else self
        root_starts = [one.root_start for one in (self, other) if one.root_received]
        start = min(self.start, other.start)
        return Summary(
            self.trace_id,
            start,
            max(self.end, other.end) - start,
            lead.service,
            lead.name,
            lead.resource,
            lead.status,
            lead.version or self.version or other.version,
            min(root_starts, default=-1),
            self.spans + other.spans,
            self.errors + other.errors,
            dict(Counter(self.services) + Counter(other.services)),
            min(self.shortest, other.shortest),
            max(self.longest, other.longest),
        )


def _leads(other: Summary, one: Summary) -> bool:
    """Whether the other has the better claim to name the trace: the earliest root, else the
    earliest span."""
    if other.root_received and one.root_received:
        return other.root_start < one.root_start
    if other.root_received or one.root_received:
        return other.root_received
    return other.start < one.start


def summarize(trace_id: str, spans: list[Span]) -> Summary:
    """The summary of these spans, of which there is at least one."""
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
    version = lead.tags.get("version")
    if version is None:
        version = next((s.tags["version"] for s in spans if "version" in s.tags), "")
    return Summary(
        trace_id,
        start,
        end - start,
        lead.service,
        lead.name,
        lead.resource,
        status_of(lead) if roots else "",
        str(version),
        lead.start if roots else -1,
        len(spans),
        sum([span.error for span in spans]),
        services,
        min(durations),
        max(durations),
    )


def status_of(span: Span) -> str:
    """The HTTP status code in the span's tags; "" if there is none."""
    tags = span.tags
    if _STATUS in tags:
        return number_text(tags[_STATUS])
    if _OLD_STATUS in tags:
        return number_text(tags[_OLD_STATUS])
    return ""


def number_text(value: TagValue) -> str:
    """A tag's value as text: whole numbers without a decimal point."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
