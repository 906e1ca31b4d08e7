"""OTLP in its binary form: an `ExportTraceServiceRequest` as protobuf.

The numbers of the fields are those of opentelemetry-proto's files, version 1 (trace, common and
resource). Each span is read by itself, so that a broken one costs no other; and of what can be
there many times, no more is kept than a span can have.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from collector import limits
from collector.model import Event, Link, TagValue
from collector.receivers.body import BodyError
from collector.receivers.otlp import (
    Origin,
    OtlpSpan,
    Traces,
    event_of,
    link_of,
)
from collector.receivers.otlp_attributes import add_attribute, attributes_of, known_attributes
from collector.receivers.payload import Payload
from collector.receivers.protobuf import (
    ENDS_TOO_EARLY,
    FIXED64,
    ONE_BYTE,
    VARINT,
    Message,
    ProtobufError,
    fields,
    tag,
    text,
    unsigned,
    varint,
)

_COPIED_BYTES = 1024 * 1024
"""Size up to which the parts of a body are copied, which is quicker than views of them."""


def read_protobuf(body: bytes) -> Payload:
    """Read a request's body. Raises `BodyError` if it cannot be read at all."""
    traces = Traces()
    number = 0
    try:
        request = body if len(body) <= _COPIED_BYTES else memoryview(body)
        for key, resource_spans in fields(request):
            if key == tag(1):
                _read_resource_spans(resource_spans, number, traces)
                number += 1
    except ProtobufError as error:
        message = f"the body is not a protobuf message: {error}"
        raise BodyError(400, "malformed", message) from None
    return traces.finished()


def _read_resource_spans(message: Message, number: int, traces: Traces) -> None:
    traces.begin_group()
    resource: dict[str, TagValue] = {}
    for key, value in fields(message):
        if key == tag(1):
            resource |= attributes_of(value, tag(1))
    place = 0
    for key, value in fields(message):
        if key == tag(2):
            _read_scope_spans(value, resource, f"resource {number}, scope {place}", traces)
            place += 1


_SCOPE, _SPAN = tag(1), tag(2)


def _read_scope_spans(
    message: Message, resource: dict[str, TagValue], place: str, traces: Traces
) -> None:
    traces.begin_group()
    name = version = ""
    scope: dict[str, TagValue] = {}
    spans = 0
    for key, value in fields(message):
        if key == _SPAN:
            spans += 1
        elif key == _SCOPE:
            scope = attributes_of(value, tag(3))
            for scope_key, scope_value in fields(value):
                if scope_key == tag(1):
                    name = text(scope_value)
                elif scope_key == tag(2):
                    version = text(scope_value)
    origin = Origin(resource, name, version, scope)
    traces.announce(spans, origin)
    number = 0
    for key, value in fields(message):
        if key == _SPAN:
            traces.add(bytes(value), _read_span, origin, place, number)
            number += 1


_TRACE_ID, _SPAN_ID, _TRACE_STATE, _PARENT_ID, _NAME = (tag(number) for number in range(1, 6))
_KIND, _START, _END = tag(6, VARINT), tag(7, FIXED64), tag(8, FIXED64)
_ATTRIBUTE, _DROPPED_ATTRIBUTES = tag(9), tag(10, VARINT)
_EVENT, _DROPPED_EVENTS = tag(11), tag(12, VARINT)
_LINK, _DROPPED_LINKS = tag(13), tag(14, VARINT)
_STATUS = tag(15)
_USUAL = frozenset((_TRACE_ID, _SPAN_ID, _PARENT_ID, _NAME, _ATTRIBUTE, _STATUS))
"""Fields with bytes that nearly all spans have."""


def _read_span(message: bytes, origin: Origin) -> OtlpSpan:
    """Read a span.

    Nearly all the time goes here, so the fields that nearly all spans have are read on the spot, as
    `fields` would read them, as far as they come in a row; and the rest by `fields`.
    """
    attributes = origin.tags.copy()
    span = OtlpSpan(attributes=attributes)
    known, from_bytes = known_attributes.get, int.from_bytes
    position, end = 0, len(message)
    try:
        while position < end:
            key = message[position]
            if key in _USUAL:
                size, begin = message[position + 1], position + 2
                if size >= ONE_BYTE:
                    size, begin = varint(message, position + 1)
                after = begin + size
                value = message[begin:after]
                if key == _ATTRIBUTE:
                    if found := known(value):
                        attributes[found[0]] = found[1]
                    else:
                        add_attribute(attributes, value)
                elif key == _TRACE_ID:
                    span.trace_id = value
                elif key == _SPAN_ID:
                    span.span_id = value
                elif key == _PARENT_ID:
                    span.parent_id = value
                elif key == _NAME:
                    span.name = value.decode("utf-8", "replace")
                elif value:
                    _read_status(value, span)
            elif key == _START:
                after = position + 9
                span.start = from_bytes(message[position + 1 : after], "little")
            elif key == _END:
                after = position + 9
                span.end = from_bytes(message[position + 1 : after], "little")
            elif key == _KIND and message[position + 1] < ONE_BYTE:
                after = position + 2
                span.kind = message[position + 1]
            else:
                break
            if after > end:
                raise ProtobufError(ENDS_TOO_EARLY)
            position = after
    except IndexError:
        raise ProtobufError(ENDS_TOO_EARLY) from None
    if position < end:
        _read_rest(message[position:], span)
    return span


def _read_rest(message: bytes, span: OtlpSpan) -> None:
    """Read the fields of a span from the first on that not all spans have."""
    events: list[Event] = []
    links: list[Link] = []
    for key, value in fields(message):
        if key == _STATUS:
            _read_status(value, span)
        elif key == _ATTRIBUTE:
            add_attribute(span.attributes, value)
        elif key == _EVENT:
            _add(events, value, _read_event)
        elif key == _LINK:
            _add(links, value, _read_link)
        elif key == _TRACE_ID:
            span.trace_id = value
        elif key == _SPAN_ID:
            span.span_id = value
        elif key == _PARENT_ID:
            span.parent_id = value
        elif key == _NAME:
            span.name = text(value)
        elif key == _KIND:
            span.kind = value
        elif key == _START:
            span.start = unsigned(value)
        elif key == _END:
            span.end = unsigned(value)
        elif key == _TRACE_STATE:
            span.trace_state = text(value)
        elif key == _DROPPED_ATTRIBUTES:
            span.dropped_attributes = value
        elif key == _DROPPED_EVENTS:
            span.dropped_events = value
        elif key == _DROPPED_LINKS:
            span.dropped_links = value
    span.events, span.links = events, links


def _add(items: list[Any], message: bytes, read: Callable[[bytes], Event | Link | None]) -> None:
    if len(items) < limits.TAGS and (item := read(message)) is not None:
        items.append(item)


def _read_event(message: bytes) -> Event | None:
    time, name = 0, ""
    for key, value in fields(message):
        if key == tag(1, FIXED64):
            time = unsigned(value)
        elif key == tag(2):
            name = text(value)
    return event_of(time, name, attributes_of(message, tag(3)))


def _read_link(message: bytes) -> Link | None:
    trace_id, span_id, trace_state = b"", b"", ""
    for key, value in fields(message):
        if key == tag(1):
            trace_id = value
        elif key == tag(2):
            span_id = value
        elif key == tag(3):
            trace_state = text(value)
    return link_of(trace_id, span_id, trace_state, attributes_of(message, tag(4)))


def _read_status(message: bytes, span: OtlpSpan) -> None:
    for key, value in fields(message):
        if key == tag(2):
            span.status_message = text(value)
        elif key == tag(3, VARINT):
            span.status = value
