"""Zipkin's first version in JSON."""

from __future__ import annotations

import msgspec

from collector.receivers.ids import SPAN_ID_BITS, TRACE_ID_BITS, hex_id, parent_id
from collector.receivers.json_spans import TraceSpans, read_spans
from collector.receivers.payload import Payload
from collector.receivers.zipkin import Endpoint
from collector.receivers.zipkin_v1 import Annotation, BinaryAnnotation, V1Span, to_spans
from collector.receivers.zipkin_v1_services import name_services
from collector.receivers.zipkin_v2 import JsonEndpoint


class _Annotation(msgspec.Struct, gc=False):
    timestamp: int
    value: str
    endpoint: JsonEndpoint | None = None


class _BinaryAnnotation(msgspec.Struct, gc=False):
    key: str
    value: object = None
    endpoint: JsonEndpoint | None = None


class _Span(msgspec.Struct, rename="camel", gc=False):
    trace_id: str | None = None
    id: str | None = None
    parent_id: str | None = None
    name: str | None = None
    timestamp: int | None = None
    duration: int | None = None
    annotations: list[_Annotation] | None = None
    binary_annotations: list[_BinaryAnnotation] | None = None
    debug: bool | None = None


_decode = msgspec.json.Decoder(_Span, strict=False).decode
_decode_usual = msgspec.json.Decoder(list[_Span], strict=False).decode


def read_json(body: bytes) -> Payload:
    """Read a list of spans. Raises `BodyError` if it cannot be read at all."""
    payload = read_spans(body, _decode_usual, _decode, _from_json)
    name_services(payload.chunks)
    return payload


def _from_json(span: _Span) -> TraceSpans:
    v1 = V1Span(
        hex_id(span.trace_id, TRACE_ID_BITS, "trace_id"),
        hex_id(span.id, SPAN_ID_BITS, "span_id"),
        parent_id(span.parent_id),
        span.name or "",
        span.timestamp or 0,
        span.duration or 0,
        [
            Annotation(note.timestamp, note.value, _endpoint(note.endpoint))
            for note in span.annotations or ()
        ],
        [
            BinaryAnnotation(note.key, note.value, _endpoint(note.endpoint))
            for note in span.binary_annotations or ()
        ],
        bool(span.debug),
    )
    return to_spans(v1)


def _endpoint(endpoint: JsonEndpoint | None) -> Endpoint | None:
    return endpoint.to_endpoint() if endpoint else None
