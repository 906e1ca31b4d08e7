"""A span: one piece of work, from its start to its end."""

from __future__ import annotations

from contextvars import Token
from time import monotonic_ns
from types import TracebackType
from typing import Any, NamedTuple

from . import ids
from .context import Context, active
from .errors import describe
from .segment import PARTIAL_FLUSH, Segment
from .text import text

TagValue = str | int | float

_SENDABLE = frozenset((str, int, float))
_NOT_AN_ERROR = (GeneratorExit, SystemExit)
"""Ways to leave a block that are no failure: a stream nobody reads on, a program that ends."""


class Event(NamedTuple):
    """Something that happened at one moment of a span."""

    time: int
    """Nanoseconds since 1970."""
    name: str
    attributes: dict[str, TagValue]


class Span:
    """One piece of work. Use it in a `with`, or call `finish` when the work is done.

    It is the current span of its thread or task from its creation until it is finished.
    """

    __slots__ = (
        "began",
        "duration",
        "error",
        "events",
        "links",
        "name",
        "outer",
        "parent_id",
        "resource",
        "segment",
        "service",
        "span_id",
        "tags",
        "token",
        "type",
    )

    def __init__(
        self,
        segment: Segment,
        outer: Span | Context | None,
        parent_id: int,
        name: str,
        service: str,
        resource: str,
        type: str,
    ) -> None:
        self.segment = segment
        self.outer = outer
        """What was current before."""
        self.parent_id = parent_id
        self.name = name
        self.service = service
        self.resource = resource
        self.type = type
        self.span_id = ids.bits(64) or 1
        self.error = 0
        self.tags: dict[str, TagValue] = {}
        self.events: list[Event] | None = None  # no lists yet: few spans have any
        self.links: list[Context] | None = None
        self.duration: int | None = None
        """Nanoseconds by the monotonic clock; None until the span is finished."""
        self.token: Token[Any] | None = active.set(self)
        """Puts `outer` back; None once it has."""
        self.began = monotonic_ns()
        """Nanoseconds by the monotonic clock, read last: what came before is no work of the app."""

    @property
    def trace_id(self) -> int:
        """128 bits, the same for all spans of a trace in all services."""
        return self.segment.trace_id

    @property
    def start(self) -> int:
        """Nanoseconds since 1970."""
        return self.segment.epoch + self.began

    @property
    def context(self) -> Context:
        """What another service needs in order to continue this trace."""
        segment = self.segment
        return Context(segment.trace_id, self.span_id, segment.priority, segment.tracestate)

    def child(self, name: str, service: str | None, resource: str | None, type: str | None) -> Span:
        """Start a span within this one."""
        return Span(
            self.segment,
            self,
            self.span_id,
            name,
            self.service if service is None else service,
            name if resource is None else resource,
            "" if type is None else type,
        )

    def set_tag(self, key: str, value: object = "true") -> None:
        """Note something about the work. Numbers stay numbers; anything else is sent as text."""
        if key.__class__ is not str:
            key = text(key)
        self.tags[key] = value if value.__class__ in _SENDABLE else _sendable(value)  # type: ignore[assignment]

    def set_tags(self, tags: dict[str, Any]) -> None:
        """Set several tags."""
        for key, value in _items(tags):
            self.set_tag(key, value)

    def set_error(self, error: BaseException) -> None:
        """Mark the work as failed, with the exception's type, message and stack as tags."""
        self.error = 1
        self.tags.update(describe(error))

    def add_event(self, name: str, attributes: dict[str, Any] | None = None) -> None:
        """Note that something happened now."""
        now = self.segment.epoch + monotonic_ns()
        attributes = {text(key): _sendable(value) for key, value in _items(attributes)}
        self.events = self.events or []
        self.events.append(Event(now, text(name), attributes))

    def add_link(self, context: Context) -> None:
        """Relate the span to one of another trace that is not its parent."""
        if isinstance(context, Context):
            self.links = self.links or []
            self.links.append(context)

    def finish(self) -> None:
        """End the span. Only the first call counts, from whatever thread it comes."""
        if self.duration is not None:
            return
        self.duration = monotonic_ns() - self.began
        self._leave()
        segment = self.segment
        finished = segment.finished
        finished.append(self)
        if segment.root is self:
            segment.root = None
        if segment.root is None or len(finished) >= PARTIAL_FLUSH:
            segment.flush()

    def _leave(self) -> None:
        """Stop being current, together with any span inside that is unfinished or forgotten.

        Where neither this span nor one inside it is current (in another thread), do nothing.
        """
        inner = active.get()
        while inner is not self:
            if not isinstance(inner, Span):
                return
            inner = inner.outer
        try:
            active.reset(self.token)  # type: ignore[arg-type]
            self.token = None
        except ValueError:  # in a thread or task that was started within this span
            active.set(self.outer)

    def __enter__(self) -> Span:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        stack: TracebackType | None,
    ) -> None:
        if error is not None and not isinstance(error, _NOT_AN_ERROR):
            self.set_error(error)
        self.finish()

    def __repr__(self) -> str:
        return f"<Span {self.name} {self.span_id:016x} of trace {self.trace_id:032x}>"


def current() -> Span | Context | None:
    """Return the current span of this thread or task, or the context it has received.

    A finished span can still be current. In a thread or task that was started within it, the work
    goes on in its trace. But in the span's own place it is over: it was finished from elsewhere.
    The token tells the two apart, for it only fits the place where it was made.
    """
    here = active.get()
    while isinstance(here, Span) and here.duration is not None and here.token is not None:
        try:
            active.reset(here.token)
        except ValueError:
            break
        here.token = None
        here = active.get()
    return here


def _sendable(value: object) -> TagValue:
    """Return a value as it can be sent. It is asked for its text at once: later, in the writer's
    thread, it may have changed."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return int.__int__(value)  # not int(value), which a subclass may have made something else
    return float.__float__(value) if isinstance(value, float) else text(value)


def _items(values: object) -> list[tuple[Any, Any]]:
    """Return a dict's items, and none of what only should have been a dict."""
    return list(values.items()) if isinstance(values, dict) else []
