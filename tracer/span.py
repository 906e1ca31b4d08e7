"""A span: one piece of work, from its start to its end; and which one is current."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextvars import ContextVar, Token
from time import monotonic_ns
from types import TracebackType
from typing import Any, ClassVar, NamedTuple

from . import ids
from .context import Context
from .errors import error_tags
from .segment import PARTIAL_FLUSH_SPANS, Segment
from .text import TagValue, elements_of, items_of, to_tag_value, to_text

MAX_LINKS = 128
"""Links of one span; OpenTelemetry's default limit. Any others are counted in `LINKS_LEFT_OUT`."""
LINKS_LEFT_OUT = "otel.dropped_links_count"
"""The tag with how many links a span has lost, as OpenTelemetry's exporters name it."""
SUBMITTER = {"relation": "submitter"}
"""Attributes of a link to whoever asked for deferred work, as opposed to what set it off."""

_NOT_AN_ERROR = (GeneratorExit, SystemExit)
"""Ways to leave a block that are not failures: a stream closed early, a program that ends."""

active: ContextVar[Span | Context | None] = ContextVar("tracer.active", default=None)
"""The current span of this thread or task, or the context received from another service.

A context variable rather than a thread local: `asyncio` gives each task its own copy.
"""


class Event(NamedTuple):
    """Something that happened at one moment of a span."""

    time: int
    """Nanoseconds since 1970."""
    name: str
    attributes: dict[str, TagValue]


class Link(NamedTuple):
    """A relation to a span that is not the parent."""

    context: Context
    attributes: dict[str, TagValue]


class Span:
    """One piece of work. Use it in a `with`, or call `finish` when the work is done.

    It is the current span of its thread or task from its creation until it is finished.
    OpenTelemetry and OpenTracing call it a span, too; OpenTelemetry calls its tags attributes.
    """

    is_recording: ClassVar[bool] = True
    """Whether anything that is said of it will be kept (OpenTelemetry: `is_recording`)."""

    __slots__ = (
        "duration",
        "error",
        "events",
        "links",
        "monotonic_start",
        "name",
        "parent_id",
        "previous",
        "resource",
        "segment",
        "service",
        "span_id",
        "tags",
        "token",
        "type",
    )

    # Not `__init__`: to call that, Python 3.11 leaves its loop and enters another one, which is 4 %
    # of all that a span costs.
    def begin(
        self,
        segment: Segment,
        previous: Span | Context | None,
        parent_id: int,
        name: str,
        service: str,
        resource: str,
        type: str,
    ) -> Span:
        """Begin the work of a new span, and make it the current one; return it."""
        self.segment = segment
        self.previous = previous
        """What was current before this span."""
        self.parent_id = parent_id
        self.name = name
        self.service = service
        self.resource = resource
        self.type = type
        self.span_id = ids.bits(64) or 1
        self.error = 0
        self.tags: dict[str, TagValue] = {}
        self.events: list[Event] | None = None  # no lists yet: few spans have any
        self.links: list[Link] | None = None
        self.duration: int | None = None
        """Nanoseconds by the monotonic clock; None until the span is finished."""
        self.token: Token[Any] | None = active.set(self)
        """Makes `previous` current again; None once it has."""
        self.monotonic_start = monotonic_ns()
        """Nanoseconds by the monotonic clock, read last: making the span is not the app's work."""
        return self

    @property
    def trace_id(self) -> int:
        """128 bits, the same for all spans of a trace in all services."""
        return self.segment.trace_id

    @property
    def start(self) -> int:
        """Nanoseconds since 1970."""
        return self.segment.epoch_offset + self.monotonic_start

    @property
    def context(self) -> Context:
        """What another service needs in order to continue this trace."""
        segment = self.segment
        return Context(
            segment.trace_id,
            self.span_id,
            segment.priority,
            segment.tracestate,
            segment.probability,
        )

    def start_child(
        self, name: str, service: str | None, resource: str | None, type: str | None
    ) -> Span:
        """Start a span within this one."""
        return Span().begin(
            self.segment,
            self,
            self.span_id,
            name,
            self.service if service is None else service,
            name if resource is None else resource,
            "" if type is None else type,
        )

    def set_tag(self, key: str, value: object = "true") -> None:
        """Record a fact about the work. Numbers stay numbers; anything else is sent as text."""
        if type(key) is not str:
            key = to_text(key)
        kind = type(value)
        if kind is not str and kind is not int and kind is not float:
            value = to_tag_value(value)
        self.tags[key] = value  # type: ignore[assignment]

    def set_tags(self, tags: dict[str, Any] | None) -> None:
        """Set several tags; none for None."""
        for key, value in items_of(tags):
            self.set_tag(key, value)

    def set_error(self, error: BaseException) -> None:
        """Mark the work as failed, with the exception's type, message and stack as tags."""
        self.error = 1
        self.tags.update(error_tags(error))

    def add_event(self, name: str, attributes: dict[str, Any] | None = None) -> None:
        """Record that something happened now."""
        now = self.segment.epoch_offset + monotonic_ns()
        attributes = {to_text(key): to_tag_value(value) for key, value in items_of(attributes)}
        self.events = self.events or []
        self.events.append(Event(now, to_text(name), attributes))

    def add_link(self, context: Context, attributes: dict[str, Any] | None = None) -> None:
        """Relate the span to one that is not its parent, perhaps in another trace; attributes say
        how."""
        if not issubclass(type(context), Context):
            return
        self.links = self.links or []
        if len(self.links) >= MAX_LINKS:
            left_out = self.tags.get(LINKS_LEFT_OUT)
            self.tags[LINKS_LEFT_OUT] = 1 + (left_out if type(left_out) is int else 0)
            return
        attributes = {to_text(key): to_tag_value(value) for key, value in items_of(attributes)}
        self.links.append(Link(context, attributes))

    def add_submitters(self, submitters: Context | Sequence[Context | None] | None) -> None:
        """Say who asked for this work, when something else, the parent, sets it off only now.

        A batch has many submitters. Whatever is no context is left out.
        """
        for submitter in elements_of(submitters) or [submitters]:
            self.add_link(submitter, SUBMITTER)

    def finish(self) -> None:
        """End the span. Only the first call counts, whichever thread it comes from."""
        if self.duration is not None:
            return
        self.duration = monotonic_ns() - self.monotonic_start
        try:
            if active.get() is self:  # as `leave` would find, with a call less
                active.reset(self.token)  # type: ignore[arg-type]
                self.token = None
            else:
                self.leave()
        except ValueError:  # in a thread or task that was started within this span
            active.set(self.previous)
        segment = self.segment
        finished = segment.finished
        finished.append(self)
        root = segment.root
        if root is self:
            root = segment.root = None
        if root is None or len(finished) >= PARTIAL_FLUSH_SPANS:
            segment.flush()

    def leave(self) -> None:
        """Stop being current, together with any unfinished span inside, but go on measuring.

        If neither this span nor one inside it is current (in another thread), do nothing.
        """
        inner = active.get()
        while inner is not self:
            if not isinstance(inner, Span):
                return
            inner = inner.previous
        try:
            active.reset(self.token)  # type: ignore[arg-type]
            self.token = None
        except ValueError:  # in a thread or task that was started within this span
            active.set(self.previous)

    def __enter__(self) -> Span:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        stack: TracebackType | None,
    ) -> None:
        if error is None:
            self.finish()
            return
        try:
            if not issubclass(type(error), _NOT_AN_ERROR):
                self.set_error(error)
        finally:  # Ctrl-C may arrive meanwhile
            self.finish()

    def __repr__(self) -> str:
        return f"<Span {to_text(self.name)} {self.span_id:016x} of trace {self.trace_id:032x}>"


def current() -> Span | Context | None:
    """Return the current span of this thread or task, or the context it has received.

    A finished span can still be current. In a thread or task that was started within it, the work
    goes on in its trace. But where the span itself was started it is over: another thread has
    finished it. The token tells the two apart: it is only valid where it was made.
    """
    span = active.get()
    if span is None or type(span) is Context or span.duration is None:
        return span
    while isinstance(span, Span) and span.duration is not None and span.token is not None:
        try:
            active.reset(span.token)
        except ValueError:
            break
        span.token = None
        span = active.get()
    return span


def _after_fork() -> None:
    """In a forked child, leave inherited spans to the parent, which sends them itself.

    The child goes on in the same trace, in a segment of its own.
    """
    span = active.get()
    if isinstance(span, Span):
        active.set(span.context)


os.register_at_fork(after_in_child=_after_fork)
