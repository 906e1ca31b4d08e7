"""Zipkin's second version: a list of spans, in JSON or as protobuf."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Sequence
from typing import Annotated, TypeAlias, cast

import msgspec
from msgspec import Meta, Raw

from collector import limits
from collector.model import TagValue
from collector.receivers.body import BodyError
from collector.receivers.ids import SPAN_ID_BITS, TRACE_ID_BITS, hex_id, parent_id
from collector.receivers.json_spans import TraceSpans, read_spans
from collector.receivers.payload import Payload, SpanError
from collector.receivers.protobuf import FIXED64, VARINT, ProtobufError, fields, tag, text, unsigned
from collector.receivers.sorted_traces import SortedTraces
from collector.receivers.tag_values import attributes
from collector.receivers.zipkin import NOWHERE, Endpoint, ZipkinSpan, to_span

KINDS = ("", "CLIENT", "SERVER", "PRODUCER", "CONSUMER")
"""The kinds by their numbers in protobuf."""


class JsonEndpoint(msgspec.Struct, rename="camel", gc=False):
    """An endpoint in JSON, of both versions."""

    service_name: str | None = None
    ipv4: str | None = None
    ipv6: str | None = None
    port: int | str | None = None

    def to_endpoint(self) -> Endpoint:
        """Return it as those of all formats."""
        port = self.port if isinstance(self.port, int) else 0
        return Endpoint(self.service_name or "", self.ipv4 or self.ipv6 or "", port)


class JsonAnnotation(msgspec.Struct, gc=False):
    """An annotation in JSON, of the second version."""

    timestamp: int
    value: str


class JsonSpan(msgspec.Struct, rename="camel", gc=False):
    """A span in JSON, of the second version."""

    trace_id: str | None = None
    id: str | None = None
    parent_id: str | None = None
    name: str | None = None
    kind: str | None = None
    timestamp: int | None = None
    duration: int | None = None
    local_endpoint: JsonEndpoint | None = None
    remote_endpoint: JsonEndpoint | None = None
    annotations: list[JsonAnnotation] | None = None
    debug: bool | None = None
    shared: bool | None = None


_Key = Annotated[str, Meta(max_length=limits.KEY_CHARS)]
_Text = Annotated[str, Meta(max_length=limits.VALUE_CHARS)]
_Tags = Annotated[dict[_Key, _Text], Meta(max_length=limits.TAGS)]


class UsualSpan(JsonSpan, gc=False):
    """A span whose tags are what Zipkin wants: not too many, texts, none of them too long."""

    tags: _Tags | None = None

    def checked_tags(self) -> dict[str, TagValue]:
        """Return the tags as our span has them."""
        return cast("dict[str, TagValue]", self.tags) if self.tags else {}


class OddSpan(JsonSpan, gc=False):
    """A span with tags of any kind."""

    tags: dict[str, object] | None = None

    def checked_tags(self) -> dict[str, TagValue]:
        """Return the tags as our span has them."""
        return attributes(self.tags)


AnySpan: TypeAlias = UsualSpan | OddSpan
_decode_usual: Callable[[bytes], Sequence[AnySpan]] = msgspec.json.Decoder(
    list[UsualSpan], strict=False
).decode
_decode: Callable[[Raw], AnySpan] = msgspec.json.Decoder(OddSpan, strict=False).decode


def read_json(body: bytes) -> Payload:
    """Read a list of spans in JSON. Raises `BodyError` if it cannot be read at all."""
    return read_spans(body, _decode_usual, _decode, _from_json)


def _from_json(span: AnySpan) -> TraceSpans:
    zipkin = ZipkinSpan(
        hex_id(span.trace_id, TRACE_ID_BITS, "trace_id"),
        hex_id(span.id, SPAN_ID_BITS, "span_id"),
        parent_id(span.parent_id),
        span.name or "",
        span.kind or "",
        span.timestamp or 0,
        span.duration or 0,
        span.local_endpoint.to_endpoint() if span.local_endpoint else NOWHERE,
        span.remote_endpoint.to_endpoint() if span.remote_endpoint else NOWHERE,
        [(note.timestamp, note.value) for note in span.annotations] if span.annotations else [],
        bool(span.debug),
        bool(span.shared),
    )
    return [(zipkin.trace_id, to_span(zipkin, span.checked_tags()))]


def read_protobuf(body: bytes) -> Payload:
    """Read a `ListOfSpans`. Raises `BodyError` if it cannot be read at all."""
    traces = SortedTraces()
    for place, message in enumerate(_messages(body)):
        traces.payload.announce(1)
        try:
            zipkin, tags = _from_protobuf(message)
            span = to_span(zipkin, attributes(tags))
        except (SpanError, ProtobufError) as problem:
            traces.reject(f"span {place}", problem)
        else:
            traces.keep(zipkin.trace_id, span)
    return traces.finished()


def _messages(body: bytes) -> list[bytes]:
    """Return the spans of a `ListOfSpans`, not read yet."""
    messages = []
    try:
        for key, value in fields(memoryview(body)):
            if key == tag(1):
                messages.append(bytes(value))
                if len(messages) > limits.ITEMS:
                    break  # they are refused when they are announced
    except ProtobufError as error:
        message = f"the body is not a protobuf message: {error}"
        raise BodyError(400, "malformed", message) from None
    return messages


_TRACE_ID, _PARENT_ID, _ID, _NAME = tag(1), tag(2), tag(3), tag(5)
_KIND, _TIMESTAMP, _DURATION = tag(4, VARINT), tag(6, FIXED64), tag(7, VARINT)
_LOCAL, _REMOTE, _ANNOTATION, _TAG = tag(8), tag(9), tag(10), tag(11)
_DEBUG, _SHARED = tag(12, VARINT), tag(13, VARINT)


def _from_protobuf(message: bytes) -> tuple[ZipkinSpan, dict[str, str]]:
    """Return a span and its tags."""
    tags: dict[str, str] = {}
    annotations: list[tuple[int, str]] = []
    span = ZipkinSpan(0, 0, annotations=annotations)
    trace_id = span_id = above = b""
    for key, value in fields(message):
        if key == _TAG and len(tags) < limits.TAGS:
            tag_key, tag_value = _texts(value)
            tags[tag_key] = tag_value
        elif key == _ANNOTATION and len(annotations) < limits.TAGS:
            annotations.append(_annotation(value))
        elif key == _TRACE_ID:
            trace_id = value
        elif key == _ID:
            span_id = value
        elif key == _PARENT_ID:
            above = value
        elif key == _KIND:
            span.kind = KINDS[value] if value < len(KINDS) else ""
        elif key == _NAME:
            span.name = text(value)
        elif key == _TIMESTAMP:
            span.timestamp = unsigned(value)
        elif key == _DURATION:
            span.duration = value
        elif key == _LOCAL:
            span.local = _endpoint(value)
        elif key == _REMOTE:
            span.remote = _endpoint(value)
        elif key == _DEBUG:
            span.debug = bool(value)
        elif key == _SHARED:
            span.shared = bool(value)
    span.trace_id = hex_id(trace_id.hex(), TRACE_ID_BITS, "trace_id")
    span.span_id = hex_id(span_id.hex(), SPAN_ID_BITS, "span_id")
    span.parent_id = parent_id(above.hex())
    return span, tags


def _texts(message: bytes) -> tuple[str, str]:
    """Read an entry of a map from text to text."""
    texts = {tag(1): "", tag(2): ""}
    for key, value in fields(message):
        if key in texts:
            texts[key] = text(value)
    return texts[tag(1)], texts[tag(2)]


def _annotation(message: bytes) -> tuple[int, str]:
    timestamp, value = 0, ""
    for key, field in fields(message):
        if key == tag(1, FIXED64):
            timestamp = unsigned(field)
        elif key == tag(2):
            value = text(field)
    return timestamp, value


def _endpoint(message: bytes) -> Endpoint:
    service = address = ""
    port = 0
    for key, value in fields(message):
        if key == tag(1):
            service = text(value)
        elif key in (tag(2), tag(3)):
            address = address_of(value)
        elif key == tag(4, VARINT):
            port = value
    return Endpoint(service, address, port)


def address_of(raw: bytes) -> str:
    """Return an IP address that is 4 or 16 bytes as text; "" if it is neither, or zeros."""
    try:
        return str(ipaddress.ip_address(raw)) if any(raw) else ""
    except ValueError:
        return ""
