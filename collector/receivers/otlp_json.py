"""OTLP as JSON: an `ExportTraceServiceRequest` in protobuf's JSON form, and as senders write it.

By the protocol, ids are hex, 64-bit numbers are texts and enums numbers. Some senders have ids in
base64, 64-bit numbers as numbers and enums by name. Each span is decoded by itself, so that a
broken one costs no other.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import TypeVar

import msgspec
from msgspec import Raw

from collector import limits
from collector.decode_errors import DECODE_ERRORS, reason_of
from collector.model import Event, Link, TagValue
from collector.receivers.body import BodyError
from collector.receivers.json_spans import check_values
from collector.receivers.otlp import (
    KINDS,
    MAX_DEPTH,
    TOO_DEEP,
    Origin,
    OtlpSpan,
    Traces,
    event_of,
    link_of,
)
from collector.receivers.payload import Payload, SpanError
from collector.receivers.tag_values import MAX_NESTED_BYTES, TOO_LARGE, tag_value

_MAX_DIGITS = 40
_NOTHING = Raw()
_DIGITS = re.compile(r"-?[0-9]{1,20}")
_HEX = re.compile(r"[0-9a-fA-F]*")
_STATUSES = ("unset", "ok", "error")
T = TypeVar("T")
Items = list[T] | None
Number = int | str | None


class _Request(msgspec.Struct, rename="camel"):
    resource_spans: Items[Raw] = None


class _AnyValue(msgspec.Struct, rename="camel"):
    string_value: str | None = None
    int_value: int | float | str | None = None
    double_value: float | str | None = None
    bool_value: bool | None = None
    bytes_value: str | None = None
    array_value: Raw = _NOTHING
    kvlist_value: Raw = _NOTHING


class _KeyValue(msgspec.Struct):
    key: str = ""
    value: _AnyValue | None = None


class _ArrayValue(msgspec.Struct):
    values: Items[_AnyValue | None] = None


class _KeyValueList(msgspec.Struct):
    values: Items[_KeyValue] = None


class _Resource(msgspec.Struct):
    attributes: Items[_KeyValue] = None


class _ResourceSpans(msgspec.Struct, rename="camel"):
    resource: _Resource | None = None
    scope_spans: Items[Raw] = None


class _Scope(msgspec.Struct):
    name: str | None = None
    version: str | None = None
    attributes: Items[_KeyValue] = None


class _ScopeSpans(msgspec.Struct):
    scope: _Scope | None = None
    spans: Items[Raw] = None


class _Event(msgspec.Struct, rename="camel"):
    time_unix_nano: Number = 0
    name: str | None = None
    attributes: Items[_KeyValue] = None


class _Link(msgspec.Struct, rename="camel"):
    trace_id: str | None = None
    span_id: str | None = None
    trace_state: str | None = None
    attributes: Items[_KeyValue] = None


class _Status(msgspec.Struct):
    code: Number = 0
    message: str | None = None


class _Span(msgspec.Struct, rename="camel"):
    trace_id: str | None = None
    span_id: str | None = None
    trace_state: str | None = None
    parent_span_id: str | None = None
    name: str | None = None
    kind: Number = 0
    start_time_unix_nano: Number = 0
    end_time_unix_nano: Number = 0
    attributes: Items[_KeyValue] = None
    dropped_attributes_count: Number = 0
    events: Items[_Event] = None
    dropped_events_count: Number = 0
    links: Items[_Link] = None
    dropped_links_count: Number = 0
    status: _Status | None = None


_decode_request = msgspec.json.Decoder(_Request).decode
_decode_resource_spans = msgspec.json.Decoder(_ResourceSpans).decode
_decode_scope_spans = msgspec.json.Decoder(_ScopeSpans).decode
_decode_span = msgspec.json.Decoder(_Span).decode
_decode_array = msgspec.json.Decoder(_ArrayValue).decode
_decode_map = msgspec.json.Decoder(_KeyValueList).decode


def read_json(body: bytes) -> Payload:
    """Read a request's body. Raises `BodyError` if it cannot be read at all."""
    check_values(body)
    traces = Traces()
    try:
        for number, raw in enumerate(_decode_request(body).resource_spans or ()):
            _read_resource_spans(raw, number, traces)
    except DECODE_ERRORS as error:
        raise BodyError(400, "malformed", f"the body cannot be read: {reason_of(error)}") from None
    return traces.finished()


def _read_resource_spans(raw: Raw, number: int, traces: Traces) -> None:
    traces.begin_group()
    group = _decode_resource_spans(raw)
    resource = _attributes(group.resource.attributes if group.resource else None)
    for scope_number, raw_scope_spans in enumerate(group.scope_spans or ()):
        traces.begin_group()
        scope_spans = _decode_scope_spans(raw_scope_spans)
        scope, spans = scope_spans.scope or _Scope(), scope_spans.spans or ()
        tags = _attributes(scope.attributes)
        origin = Origin(resource, scope.name or "", scope.version or "", tags)
        traces.announce(len(spans), origin)
        place = f"resource {number}, scope {scope_number}"
        for span_number, span in enumerate(spans):
            traces.add(span, _read_span, origin, place, span_number)


def _read_span(raw: Raw, origin: Origin) -> OtlpSpan:
    if len(memoryview(raw)) > limits.SPAN_BYTES:
        raise SpanError("too_large", f"the span has more than {limits.SPAN_BYTES:,} bytes")
    span = _decode_span(raw)
    status = span.status or _Status()
    events = (_event(event) for event in (span.events or ())[: limits.TAGS])
    links = (_link(link) for link in (span.links or ())[: limits.TAGS])
    return OtlpSpan(
        trace_id=_id(span.trace_id, "trace_id"),
        span_id=_id(span.span_id, "span_id"),
        trace_state=span.trace_state or "",
        parent_id=_id(span.parent_span_id, "parent_id"),
        name=span.name or "",
        kind=_enum(span.kind, "SPAN_KIND_", KINDS),
        start=_number(span.start_time_unix_nano, "start"),
        end=_number(span.end_time_unix_nano, "end"),
        attributes=origin.tags | _attributes(span.attributes),
        dropped_attributes=_number(span.dropped_attributes_count, "a count"),
        events=[event for event in events if event],
        dropped_events=_number(span.dropped_events_count, "a count"),
        links=[link for link in links if link],
        dropped_links=_number(span.dropped_links_count, "a count"),
        status=_enum(status.code, "STATUS_CODE_", _STATUSES),
        status_message=status.message or "",
    )


def _event(event: _Event) -> Event | None:
    time = _number(event.time_unix_nano, "an event's time")
    return event_of(time, event.name or "", _attributes(event.attributes))


def _link(link: _Link) -> Link | None:
    trace_id, span_id = _id(link.trace_id, "a link"), _id(link.span_id, "a link")
    return link_of(trace_id, span_id, link.trace_state or "", _attributes(link.attributes))


def _id(text: str | None, what: str) -> bytes:
    """Return the bytes of an id in hex or base64. Raises `SpanError` if it is in neither.

    Base64 of 8 or 16 bytes ends in `=`, if its padding is not left out; hex digits alone are hex.
    """
    if not text:
        return b""
    if _HEX.fullmatch(text):
        return bytes.fromhex(text if len(text) % 2 == 0 else f"0{text}")
    try:
        plain = text.rstrip("=").replace("-", "+").replace("_", "/")
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise SpanError("malformed", f"{what} is neither hex nor base64: {text[:40]!r}") from None


def _number(value: Number, what: str) -> int:
    """Return a number that may be written as a text. Raises `SpanError` if it is none."""
    if not isinstance(value, str):
        return value or 0
    if not _DIGITS.fullmatch(value):
        raise SpanError("wrong_type", f"{what} is no whole number: {value[:40]!r}")
    return int(value)


def _enum(value: Number, prefix: str, names: tuple[str, ...]) -> int:
    """Return the number of an enum that may be given by its name; 0 if it is not known."""
    if not isinstance(value, str):
        return value or 0
    name = value.upper().removeprefix(prefix).lower()
    if name in names:
        return names.index(name)
    return int(name) if name.isascii() and name.isdigit() and len(name) < 3 else 0


def _attributes(items: Items[_KeyValue]) -> dict[str, TagValue]:
    return {
        limits.cut(item.key, limits.KEY_CHARS): tag_value(_plain(item.value, MAX_DEPTH))
        for item in (items or ())[: limits.TAGS]
    }


def _plain(value: _AnyValue | None, depth: int) -> object:
    """Return what a value is; None stands for none at all."""
    if value is None:
        return None
    if value.string_value is not None:
        return value.string_value
    if value.int_value is not None:
        return _whole(value.int_value)
    if value.double_value is not None:
        return _double(value.double_value)
    if value.bool_value is not None:
        return value.bool_value
    for raw, is_map in ((value.array_value, False), (value.kvlist_value, True)):
        if bytes(memoryview(raw)[:4]) not in (b"", b"null"):
            return _nested(raw, depth - 1, is_map=is_map)
    return value.bytes_value


def _nested(raw: Raw, depth: int, *, is_map: bool) -> object:
    """Return a list or a map of values."""
    if len(memoryview(raw)) > MAX_NESTED_BYTES:
        return TOO_LARGE
    if not depth:
        return TOO_DEEP
    if is_map:
        items = _decode_map(raw).values or ()
        return {item.key: _plain(item.value, depth) for item in items}
    return [_plain(value, depth) for value in _decode_array(raw).values or ()]


def _whole(value: int | float | str) -> int | float | str:
    """Return an `intValue` as a number; text that is not a number stays as it is."""
    try:
        return int(value) if len(str(value)) <= _MAX_DIGITS else str(value)
    except ValueError:
        return value


def _double(value: float | str) -> float | str:
    """Return a `doubleValue`; NaN and the infinities are texts, as in a tag."""
    try:
        return float(value)
    except ValueError:
        return value
