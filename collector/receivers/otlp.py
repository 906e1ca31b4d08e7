"""What the two forms of OTLP, OpenTelemetry's own protocol, have in common: from its span to ours.

A request groups spans by the resource (a process, a service) and by the instrumentation scope (a
library) that they came from. We have no such groups: each span gets the attributes of both.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice
from typing import TypeVar

import msgspec

from collector import limits
from collector.decode_errors import DECODE_ERRORS
from collector.kept_probability import TRACE_STATE
from collector.model import Event, Link, Span, TagValue
from collector.receivers.body import BodyError
from collector.receivers.conventions import STATUS_CODE, STATUS_MESSAGE, span_of
from collector.receivers.payload import SpanError
from collector.receivers.protobuf import ProtobufError
from collector.receivers.sorted_traces import SortedTraces

SERVICE = "service.name"
OPERATION = "operation.name"
"""The name of a span of `ddtrace`, which sends its resource as the name in OTLP."""
SCOPE = "otel.scope."
STATUS_OK, STATUS_ERROR = 1, 2
_ERRORS = {STATUS_OK: False, STATUS_ERROR: True}
KINDS = ("", "internal", "server", "client", "producer", "consumer")
"""The kinds by their numbers; the first is not a kind."""
MAX_DEPTH = 32
"""Arrays and maps in one another, in an attribute's value."""
TOO_DEEP = "(nested too deeply to read)"
_TRACE_ID_BYTES, _SPAN_ID_BYTES = 16, 8
Raw = TypeVar("Raw")


class OtlpSpan(msgspec.Struct, gc=False):
    """A span as OTLP has it, in the order of its fields there."""

    trace_id: bytes = b""
    span_id: bytes = b""
    trace_state: str = ""
    parent_id: bytes = b""
    name: str = ""
    kind: int = 0
    start: int = 0
    """Nanoseconds since 1970, like `end`."""
    end: int = 0
    attributes: dict[str, TagValue] = {}
    """Those of its origin, too, unless it has others of that name."""
    dropped_attributes: int = 0
    """How many the client left out, like the next two."""
    events: Sequence[Event] = ()
    dropped_events: int = 0
    links: Sequence[Link] = ()
    dropped_links: int = 0
    status: int = 0
    status_message: str = ""


class Origin:
    """Where the spans of a group came from: a resource and a scope in it."""

    def __init__(
        self,
        resource: dict[str, TagValue],
        scope_name: str = "",
        scope_version: str = "",
        scope: dict[str, TagValue] | None = None,
    ) -> None:
        self.service = str(resource.get(SERVICE, ""))
        self.tags = {key: value for key, value in resource.items() if key != SERVICE}
        self.tags |= {SCOPE + key: value for key, value in (scope or {}).items()}
        for key, text in (("name", scope_name), ("version", scope_version)):
            if text:
                self.tags[SCOPE + key] = limits.cut(text, limits.VALUE_CHARS)
        self.text_chars = sum(len(key) + len(str(value)) for key, value in self.tags.items())


class Traces(SortedTraces):
    """The spans of a request, and how much they get from their origins."""

    def __init__(self) -> None:
        super().__init__()
        self._groups = 0
        self._text_chars = 0

    def begin_group(self) -> None:
        """Count a group that is about to be read. Raises `BodyError` if there are too many."""
        if self._groups == limits.ITEMS:
            message = f"the body has more than {limits.ITEMS:,} groups of spans; send fewer"
            raise BodyError(413, "too_large", message)
        self._groups += 1

    def announce(self, spans: int, origin: Origin) -> None:
        """Count spans that are about to be read.

        Raises `BodyError` if there are too many, or if what they get from their origin is too much:
        every span gets it all, so that a small body could mean many times its size.
        """
        self.payload.announce(spans)
        self._text_chars += spans * origin.text_chars
        if self._text_chars > limits.DECOMPRESSED_BYTES:
            message = (
                "the attributes of resources and scopes have more than"
                f" {limits.DECOMPRESSED_BYTES:,} characters, counted for each span; send fewer"
            )
            raise BodyError(413, "too_large", message)

    def add(
        self,
        raw: Raw,
        read: Callable[[Raw, Origin], OtlpSpan],
        origin: Origin,
        group: str,
        number: int,
    ) -> None:
        """Read one span, which has this number in its group; keep or reject it."""
        try:
            otlp_span = read(raw, origin)
            trace_id = checked_id(otlp_span.trace_id, _TRACE_ID_BYTES, "trace_id")
            span = _span(otlp_span, origin)
        except (SpanError, ProtobufError, *DECODE_ERRORS) as problem:
            self.reject(f"{group}, span {number}", problem)
        else:
            self.keep(trace_id, span)


def checked_id(raw: bytes, size: int, what: str, *, may_be_zero: bool = False) -> int:
    """Return an id as a number. Raises `SpanError` if it is longer than `size` bytes, or zero.

    A shorter one is padded: some clients send the 64-bit trace ids of older systems.
    """
    if len(raw) > size:
        raise SpanError("malformed", f"{what} has {len(raw)} bytes, not {size}")
    number = int.from_bytes(raw, "big")
    if number or may_be_zero:
        return number
    kind, problem = ("zero", f"{what} is 0") if raw else ("no", f"it has no {what}")
    raise SpanError(f"{kind}_{what}", problem)


def event_of(time: int, name: str, attributes: dict[str, TagValue]) -> Event | None:
    """Return an event; None if its time is none that an event can have."""
    if not 0 <= time < limits.NANOSECONDS:
        return None
    return Event(time, limits.cut(name, limits.NAME_CHARS), attributes)


def link_of(
    trace_id: bytes, span_id: bytes, trace_state: str, attributes: dict[str, TagValue]
) -> Link | None:
    """Return a link; None if its ids are none."""
    try:
        trace_number = checked_id(trace_id, _TRACE_ID_BYTES, "trace_id")
        span_number = checked_id(span_id, _SPAN_ID_BYTES, "span_id")
    except SpanError:
        return None
    if trace_state:
        attributes = attributes | {TRACE_STATE: limits.cut(trace_state, limits.VALUE_CHARS)}
    return Link(f"{trace_number:032x}", span_number, attributes)


def _span(otlp: OtlpSpan, origin: Origin) -> Span:
    """Return our span. Raises `SpanError` if it cannot be one."""
    tags = otlp.attributes
    service = tags.pop(SERVICE, "") or origin.service
    _add_rest(tags, otlp)
    if len(tags) > limits.TAGS:
        tags = dict(islice(tags.items(), limits.TAGS))
    return span_of(
        tags,
        span_id=checked_id(otlp.span_id, _SPAN_ID_BYTES, "span_id"),
        parent_id=checked_id(otlp.parent_id, _SPAN_ID_BYTES, "parent_id", may_be_zero=True),
        service=str(service),
        name=str(tags[OPERATION]) or otlp.name if OPERATION in tags else otlp.name,
        kind=KINDS[otlp.kind] if 0 <= otlp.kind < len(KINDS) else "",
        start=otlp.start,
        duration=otlp.end - otlp.start if otlp.end else 0,
        error=_ERRORS.get(otlp.status),
        events=otlp.events,
        links=otlp.links,
    )


def _add_rest(tags: dict[str, TagValue], otlp: OtlpSpan) -> None:
    """Keep what our span has no field for, under the names that OpenTelemetry gives it where other
    formats have no field for it either."""
    if otlp.status == STATUS_OK:
        tags[STATUS_CODE] = "OK"
    if otlp.status_message:
        tags[STATUS_MESSAGE] = otlp.status_message
    if otlp.trace_state:
        tags[TRACE_STATE] = limits.cut(otlp.trace_state, limits.VALUE_CHARS)
    if otlp.dropped_attributes:
        tags["otel.dropped_attributes_count"] = otlp.dropped_attributes
    if otlp.dropped_events:
        tags["otel.dropped_events_count"] = otlp.dropped_events
    if otlp.dropped_links:
        tags["otel.dropped_links_count"] = otlp.dropped_links
