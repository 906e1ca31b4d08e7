"""What a span is, once its wire format no longer matters."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

TagValue = str | int | float


class Event(msgspec.Struct, array_like=True, gc=False):
    """Something that happened at one moment of a span."""

    time: int
    """Nanoseconds since 1970."""
    name: str
    attributes: dict[str, TagValue] = {}


class Link(msgspec.Struct, array_like=True, gc=False):
    """A span of this or another trace that this span is related to without being its child."""

    trace_id: str
    """32 hex digits: msgpack has no room for 128-bit numbers."""
    span_id: int
    attributes: dict[str, TagValue] = {}


class Span(msgspec.Struct, array_like=True, gc=False):
    """One piece of work. A trace is a tree of these and keeps its id once, not on every span."""

    span_id: int
    """64 random bits, never 0."""
    parent_id: int
    """The span that caused this one; 0 for the root."""
    service: str
    name: str
    """The operation, `flask.request`."""
    resource: str
    """What the operation was about: a route, a statement."""
    type: str
    start: int
    """Nanoseconds since 1970."""
    duration: int
    """Nanoseconds, from a monotonic clock; never negative."""
    error: int = 0
    tags: dict[str, TagValue] = {}
    events: tuple[Event, ...] = ()
    links: tuple[Link, ...] = ()

    @property
    def end(self) -> int:
        """The moment it ended, nanoseconds since 1970."""
        return self.start + self.duration


class Chunk(NamedTuple):
    """The spans of one trace that arrived together; usually a part of the trace."""

    trace_id: str
    """32 hex digits."""
    spans: list[Span]
