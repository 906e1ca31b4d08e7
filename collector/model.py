"""What a span is, once its wire format no longer matters."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

TagValue = str | int | float
"""OpenTelemetry: attribute value."""


class Event(msgspec.Struct, array_like=True, gc=False):
    """Something that happened at one moment of a span.

    OpenTelemetry: event. OpenTracing: log.
    """

    time: int
    """Nanoseconds since 1970."""
    name: str
    attributes: dict[str, TagValue] = {}


class Link(msgspec.Struct, array_like=True, gc=False):
    """A span of this or another trace that this span is related to without being its child.

    OpenTelemetry: link. OpenTracing: a reference other than `CHILD_OF`.
    """

    trace_id: str
    """32 hex digits: msgpack has no room for 128-bit numbers."""
    span_id: int
    attributes: dict[str, TagValue] = {}


class Span(msgspec.Struct, array_like=True, gc=False):
    """One piece of work. A trace is a tree of these; the trace's id is kept once, not on each span.

    OpenTelemetry and OpenTracing: span.
    """

    span_id: int
    """64 random bits, never 0."""
    parent_id: int
    """The span that caused this one; 0 for the root."""
    service: str
    """OpenTelemetry: the resource attribute `service.name`."""
    name: str
    """The operation, such as `flask.request`. OpenTelemetry: span name. OpenTracing: operation
    name."""
    resource: str
    """What the operation was about: a route, a statement. Not OpenTelemetry's resource."""
    type: str
    """`http`, `sql`, `cache`, …; "" if not known."""
    start: int
    """Nanoseconds since 1970."""
    duration: int
    """Nanoseconds, from a monotonic clock; never negative."""
    error: int = 0
    """1 if the work failed, else 0. OpenTelemetry: status code `ERROR`."""
    tags: dict[str, TagValue] = {}
    """OpenTelemetry: attributes. OpenTracing: tags."""
    events: tuple[Event, ...] = ()
    links: tuple[Link, ...] = ()
    arrived: int = 0
    """When it was received, ns since 1970, if its start and duration are impossible
    (`collector.impossible_time`); 0 if they are all right."""

    @property
    def timed(self) -> bool:
        """Whether its start and duration are what they may be."""
        return not self.arrived

    @property
    def end(self) -> int:
        """The moment it ended, nanoseconds since 1970."""
        return self.start + self.duration


class Chunk(NamedTuple):
    """The spans of one trace that arrived together; usually a part of the trace.

    Datadog: trace chunk. OpenTelemetry: the spans of one trace in an export request.
    """

    trace_id: str
    """32 hex digits."""
    spans: list[Span]


def number_text(value: TagValue) -> str:
    """Return a tag's value as text: whole numbers without a decimal point."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
