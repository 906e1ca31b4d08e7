"""Segments and spans that keep a history: what ran, in which thread, what is open, what was called.

They are used in place of `tracer.span`'s own where a history is kept, so that it costs nothing
elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextvars import ContextVar
from threading import RLock, get_native_id
from time import monotonic_ns, time_ns
from typing import Any

from ..segment import Segment
from ..span import Span
from ..text import to_text
from .chain import CALLED, Chain
from .cutting import Weighed
from .header import Read, read, write
from .point import Cut, Point
from .whole import History

MAX_KEPT_POINTS = 5_000
"""Points that a segment keeps; from there on it cuts them back to `KEPT_POINTS`."""
KEPT_POINTS = 4_000
THREAD = "thread.id"
"""Tag: the thread of a segment's first span, and of each that ran in another than its parent.
OpenTelemetry's semantic conventions have the same tag."""

asked: ContextVar[str | None] = ContextVar("tracer.history.asked", default=None)
"""The header of the request that is being received; None if it asks for no history."""
latest: ContextVar[RecordedSegment | None] = ContextVar("tracer.history.latest", default=None)
"""The segment with a history whose root ended last in this thread or task."""


class RecordedSegment(Segment):
    """A segment that remembers its spans when they have been handed over, in a chain of hashes."""

    __slots__ = ("_below", "_cut", "_lock", "_received", "asked", "chain", "max_bytes", "open")

    def __init__(
        self,
        deliver: Callable[[list[Span]], None],
        trace_id: int,
        tracestate: str,
        clock: Callable[[], int] = time_ns,
        *,
        received: str | None,
        max_bytes: int,
        is_chained: bool = True,
    ) -> None:
        """Continue the history in the header that a request has brought, if it did.

        `is_chained` is whether all spans are delivered, so that a hash may rely on the one before.
        """
        super().__init__(deliver, trace_id, tracestate, clock)
        self.asked = received is not None
        """Whether the answer is to carry a history."""
        self.max_bytes = max_bytes
        self.chain = Chain() if is_chained else None
        self.open: dict[int, RecordedSpan] = {}
        """The spans that are not finished, by id."""
        self._received: str | Read | None = received
        self._below: dict[int, Point] = {}
        self._cut = Cut()
        # Reentrant: the garbage collector may finish a span in the middle of it all.
        self._lock = RLock()

    def hand_over(self, spans: list[Span]) -> None:
        """Remember finished spans, and deliver them with their places in the chain."""
        with self._lock:
            self._keep(map(point_of, spans))
            if self.chain is not None:
                still_open = self.open.keys() - {span.span_id for span in spans}
                spans = self.chain.seal(spans, len(still_open))
        self.deliver(spans)

    def _keep(self, points: Iterable[Point]) -> None:
        self._below |= {point.span_id: point for point in points}
        if len(self._below) > MAX_KEPT_POINTS:
            weighed = Weighed(list(self._below.values()))
            kept = weighed.heaviest(KEPT_POINTS)
            self._cut += weighed.left_out(kept)
            self._below = {point.span_id: point for point in kept}

    def history(self) -> History:
        """Return all that this process knows of the trace."""
        with self._lock:
            before, cut = self._before()
            known = {point.span_id: point for point in before} | self._own()
            return History.of(self.trace_id, known.values(), cut + self._cut)

    def _before(self) -> Read:
        """Return what the request said, read when it is first needed: most services call none."""
        if isinstance(self._received, str):
            self._received = read(self._received)
        return self._received or Read([], Cut())

    def _own(self) -> dict[int, Point]:
        """Return what was executed here and below: handed over, finished, still open."""
        here = [*self.open.copy().values(), *self.finished.copy()]
        return self._below | {span.span_id: point_of(span) for span in here}

    def request_header(self) -> str:
        """Return the header for a request made now: all that was executed so far."""
        history = self.history()
        return write(history.points, history.cut, self.max_bytes)

    def answer_header(self) -> str:
        """Return the header for the answer sent now: what was executed here and below."""
        with self._lock:
            points, cut = list(self._own().values()), self._cut
        return write(points, cut, self.max_bytes)

    def take_answer(self, client: Span, value: str) -> None:
        """Add what the service called in `client` says in the header of its answer."""
        answered = read(value)
        if answered is None:
            return
        with self._lock:
            own = self._own()
            self._keep(point for point in answered.points if point.span_id not in own)
            self._cut += answered.cut
        if self.chain is not None:
            for point in answered.points:
                if point.open and point.parent_id == client.span_id:
                    client.set_tag(CALLED, f"{point.span_id:016x}")


class RecordedSpan(Span):
    """A span that its segment knows from its start, with the thread that it runs in."""

    __slots__ = ("forked", "thread")

    segment: RecordedSegment

    def begin(
        self,
        segment: Any,
        previous: Any,
        parent_id: int,
        name: str,
        service: str,
        resource: str,
        type: str,
    ) -> Span:
        """Begin the work of a new span, make it the current one, and known to its segment."""
        super().begin(segment, previous, parent_id, name, service, resource, type)
        self.thread = get_native_id()
        begins = type_of(previous) is not RecordedSpan
        self.forked = not begins and previous.thread != self.thread
        """Whether it runs in another thread than its parent."""
        if begins or self.forked:
            self.tags[THREAD] = self.thread
        segment.open[self.span_id] = self
        if segment.chain is not None:
            segment.chain.begin(self.span_id)
        return self

    def start_child(
        self, name: str, service: str | None, resource: str | None, type: str | None
    ) -> Span:
        """Start a span within this one."""
        return RecordedSpan().begin(
            self.segment,
            self,
            self.span_id,
            name,
            self.service if service is None else service,
            name if resource is None else resource,
            "" if type is None else type,
        )

    def finish(self) -> None:
        """End the span. Only the first call counts, whichever thread it comes from."""
        if self.duration is not None:
            return
        segment = self.segment
        is_root = segment.root is self
        super().finish()
        segment.open.pop(self.span_id, None)
        if is_root:
            latest.set(segment)


type_of = type
"""The built-in function, where an argument has its name."""


def point_of(span: Span) -> Point:
    """Return a span as a point; one that is not over lasts until now."""
    is_open = span.duration is None
    duration = monotonic_ns() - span.monotonic_start if is_open else span.duration
    return Point(
        span.span_id,
        span.parent_id,
        _text(span.service),
        _text(span.name),
        _text(span.resource),
        span.start,
        max(0, duration or 0),
        bool(span.error),
        is_open,
        isinstance(span, RecordedSpan) and span.forked,
    )


def _text(value: str) -> str:
    """Return a text; most are one, whatever the app has passed in."""
    return value if type(value) is str else to_text(value)
