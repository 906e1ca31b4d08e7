"""X-Ray's segment documents: JSON, each the work of one service on a request, with its parts.

Times are seconds, as numbers with a fraction.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from collector import limits
from collector.decode_errors import DECODE_ERRORS
from collector.model import Event, Link, Span
from collector.receivers.conventions import span_of
from collector.receivers.exported import NAME
from collector.receivers.ids import SPAN_ID_BITS, hex_id, parent_id
from collector.receivers.json_spans import MAX_SPAN_BYTES
from collector.receivers.payload import SpanError
from collector.receivers.sorted_traces import SortedTraces
from collector.receivers.tag_values import attributes
from collector.receivers.xray_tags import tags_of

MAX_DEPTH = 100
"""Levels of a document: the segment, and subsegments in one another."""
_TRACE_ID = re.compile(r"1-([0-9a-fA-F]{8})-([0-9a-fA-F]{24})")
SUBSEGMENT = "subsegment"
"""Type of a document that is a part of another one."""
_OUTSIDE = ("remote", "aws")
"""Namespaces of subsegments that are calls of other services."""
_MAX_S = limits.NANOSECONDS / 1_000_000_000
"""Times beyond this are impossible ones, and kept as such: times in milliseconds, for example."""


class ThrownException(msgspec.Struct, gc=False):
    """One exception of a cause."""

    id: str | None = None
    type: str | None = None
    message: str | None = None
    remote: bool | None = None
    stack: object = None


class Cause(msgspec.Struct, gc=False):
    """Why a segment failed."""

    exceptions: list[ThrownException] | None = None


class SegmentLink(msgspec.Struct, gc=False):
    """A segment of this or another trace that this one is related to."""

    trace_id: str
    id: str
    attributes: object = None


class Segment(msgspec.Struct, gc=False):
    """A segment or a subsegment."""

    id: str | None = None
    name: str | None = None
    trace_id: str | None = None
    parent_id: str | None = None
    type: str | None = None
    namespace: str | None = None
    start_time: float | None = None
    end_time: float | None = None
    in_progress: bool | None = None
    fault: bool | None = None
    error: bool | None = None
    throttle: bool | None = None
    cause: Cause | str | None = None
    http: dict[str, object] | None = None
    sql: dict[str, object] | None = None
    aws: dict[str, object] | None = None
    service: dict[str, object] | None = None
    annotations: dict[str, object] | None = None
    metadata: dict[str, object] | None = None
    user: str | None = None
    origin: str | None = None
    links: list[SegmentLink] | None = None
    subsegments: list[msgspec.Raw] | None = None


_decode = msgspec.json.Decoder(Segment, strict=False).decode


class SpanKey(NamedTuple):
    """Which span: X-Ray calls it an entity."""

    trace_id: int
    span_id: int


def read_document(
    place: str, document: bytes, traces: SortedTraces, service: str = ""
) -> dict[SpanKey, str]:
    """Read a document with all its parts, each of which is kept or rejected by itself.

    `service` is that of a document that is itself a part, if it is known. Return of which service
    each span is.
    """
    services: dict[SpanKey, str] = {}
    if len(document) > MAX_SPAN_BYTES:
        traces.payload.announce(1)
        message = f"it has {len(document):,} bytes, and may have {MAX_SPAN_BYTES:,}"
        traces.reject(place, SpanError("too_large", message))
        return services
    waiting = [(msgspec.Raw(document), _Outer(service=service))]
    causes = _Causes()
    while waiting:
        raw, outer = waiting.pop()
        traces.payload.announce(1)
        try:
            segment = _decode(raw)
            inner = outer.enter(segment)
            services[SpanKey(inner.trace_id, inner.span_id)] = inner.service
            if segment.in_progress:
                traces.payload.unfinished += 1
            else:
                span = _span(segment, outer, inner)
                traces.keep(inner.trace_id, span)
                causes.note(segment, span)
        except (SpanError, *DECODE_ERRORS) as problem:
            traces.reject(place, problem)
        else:
            waiting += [(part, inner) for part in segment.subsegments or ()]
    causes.explain()
    return services


class _Causes:
    """The exceptions of a document, and the spans that only name one of them: on its way up, an
    exception is written down once."""

    def __init__(self) -> None:
        self._thrown: dict[str, ThrownException] = {}
        self._named: list[tuple[str, Span]] = []

    def note(self, segment: Segment, span: Span) -> None:
        """Take in a segment, which is that span."""
        if isinstance(segment.cause, str):
            self._named.append((segment.cause, span))
        elif segment.cause:
            thrown = segment.cause.exceptions or ()
            self._thrown |= {each.id: each for each in thrown if each.id}

    def explain(self) -> None:
        """Tell each span that only names an exception what it was."""
        for cause, span in self._named:
            thrown = self._thrown.get(cause)
            if thrown and span.error:
                said = {"error.type": thrown.type, "error.message": thrown.message}
                span.tags |= attributes({tag: value for tag, value in said.items() if value})


class _Outer(msgspec.Struct, gc=False):
    """What a subsegment has from the segments around it; of none, if there are none."""

    trace_id: int = 0
    span_id: int = 0
    service: str = ""
    depth: int = 0

    def enter(self, segment: Segment) -> _Outer:
        """Return what the parts of this segment have from it and from those around it.

        Raises `SpanError` if it has no ids, or if there are too many around it.
        """
        if self.depth == MAX_DEPTH:
            raise SpanError("malformed", f"it is nested more than {MAX_DEPTH} levels deep")
        # A subsegment that comes alone does not say of which service it is.
        own_service = "" if segment.type == SUBSEGMENT else segment.name or ""
        return _Outer(
            self.trace_id or trace_number(segment.trace_id),
            hex_id(segment.id, SPAN_ID_BITS, "id"),
            self.service or own_service,
            self.depth + 1,
        )


def _span(segment: Segment, outer: _Outer, inner: _Outer) -> Span:
    """Return our span. Raises `SpanError` if it cannot be one."""
    start, end = _nanoseconds(segment.start_time, "start_time"), segment.end_time
    is_part = bool(outer.depth) or segment.type == SUBSEGMENT
    tags = tags_of(msgspec.structs.asdict(segment))
    name = tags.pop(NAME, segment.name)
    return span_of(
        attributes(tags),
        span_id=inner.span_id,
        parent_id=outer.span_id or parent_id(segment.parent_id),
        service=inner.service,
        name=str(name or ""),
        kind=_kind(segment, is_part=is_part),
        start=start,
        duration=0 if end is None else _nanoseconds(end, "end_time") - start,
        error=bool(segment.fault or segment.error or segment.throttle),
        events=_exceptions(segment),
        links=tuple(_links(segment)),
    )


def _kind(segment: Segment, *, is_part: bool) -> str:
    """Return the kind. A segment without a request is work that nobody called, such as a job."""
    if is_part:
        return "client" if segment.namespace in _OUTSIDE else "internal"
    return "server" if segment.http else ""


def trace_number(text: str | None) -> int:
    """Return the number of a trace. Raises `SpanError` if the text is no trace's id."""
    if not text:
        raise SpanError("no_trace_id", "it has no trace_id")
    found = _TRACE_ID.fullmatch(text)
    if not found:
        raise SpanError("malformed", f"{text[:60]!r} is no trace id")
    return int(found[1] + found[2], 16)


def _nanoseconds(seconds: float | None, what: str) -> int:
    """Return seconds as nanoseconds, to the microsecond: more is not in a number of 64 bits."""
    if seconds is None:
        raise SpanError(f"no_{what}", f"it has no {what}")
    if math.isnan(seconds):
        raise SpanError("malformed", f"{what} is not a number")
    return limits.cut_time(round(max(-_MAX_S, min(seconds, _MAX_S)) * 1_000_000) * 1_000)


def _exceptions(segment: Segment) -> Iterator[Event]:
    """Yield the exceptions of a cause, as OpenTelemetry's events, at the segment's end."""
    moment = _nanoseconds(segment.end_time or segment.start_time, "end_time")
    cause = segment.cause if isinstance(segment.cause, Cause) else Cause()
    for thrown in cause.exceptions or ():
        values = {
            "exception.type": thrown.type,
            "exception.message": thrown.message,
            "exception.stacktrace": _stack(thrown.stack),
        }
        known = {key: value for key, value in values.items() if value}
        yield Event(max(0, moment), "exception", attributes(known))


def _stack(frames: object) -> str:
    """Return the frames of a stack as lines."""
    if not isinstance(frames, list):
        return ""
    known = [frame for frame in frames if isinstance(frame, dict)]
    lines = (f"{f.get('path', '')}:{f.get('line', '')} {f.get('label', '')}" for f in known)
    return "\n".join(lines)


def _links(segment: Segment) -> Iterator[Link]:
    for link in segment.links or ():
        try:
            trace_id, span_id = trace_number(link.trace_id), hex_id(link.id, SPAN_ID_BITS, "id")
        except SpanError:
            continue
        yield Link(f"{trace_id:032x}", span_id, attributes(link.attributes))
