"""Zipkin's first version in Thrift: a list of structs in the binary protocol.

The numbers of the fields are those of Zipkin's `zipkinCore.thrift`.
"""

from __future__ import annotations

import base64
import struct
from typing import Any

from collector.receivers.ids import unsigned, whole_id
from collector.receivers.payload import Payload, SpanError
from collector.receivers.sorted_traces import SortedTraces
from collector.receivers.thrift import Fields, number, reading, structs, text
from collector.receivers.thrift_binary import BinaryReader
from collector.receivers.zipkin import Endpoint
from collector.receivers.zipkin_v1 import Annotation, BinaryAnnotation, V1Span, to_spans
from collector.receivers.zipkin_v1_services import name_services
from collector.receivers.zipkin_v2 import address_of

_STRUCT = b"\x0c"
_LIST_HEAD_BYTES = 5
_NO_FIELD = _STRUCT + b"\0\0"
"""How a list begins and a span cannot: with a struct as its field number 0."""
_BOOL, _BYTES = 0, 1
_NUMBERS = {2: ">h", 3: ">i", 4: ">q", 5: ">d"}
"""Types of a binary annotation, and how `struct` writes them."""


def read_thrift(body: bytes) -> Payload:
    """Read a list of spans. Raises `BodyError` if it cannot be read at all."""
    # Transports written for old versions of py_zipkin put a list's head before what since then is a
    # list already.
    if body.startswith(_STRUCT) and body[_LIST_HEAD_BYTES:].startswith(_NO_FIELD):
        body = body[_LIST_HEAD_BYTES:]
    traces = SortedTraces()
    spans: list[Any] = reading(BinaryReader(body).read_list)
    traces.payload.announce(len(spans))
    for place, fields in enumerate(spans):
        try:
            if not isinstance(fields, dict):
                raise SpanError("wrong_type", "it is not a struct")
            for trace_id, span in to_spans(_from_thrift(fields)):
                traces.keep(trace_id, span)
        except SpanError as problem:
            traces.reject(f"span {place}", problem)
    payload = traces.finished()
    name_services(payload.chunks)
    return payload


def _from_thrift(fields: Fields) -> V1Span:
    return V1Span(
        whole_id(number(fields.get(12)), number(fields.get(1))),
        unsigned(number(fields.get(4))),
        unsigned(number(fields.get(5))),
        text(fields.get(3)),
        number(fields.get(10)),
        number(fields.get(11)),
        [
            Annotation(number(note.get(1)), text(note.get(2)), _endpoint(note.get(3)))
            for note in structs(fields.get(6))
        ],
        [
            BinaryAnnotation(text(note.get(1)), _value(note), _endpoint(note.get(4)))
            for note in structs(fields.get(8))
        ],
        bool(number(fields.get(9))),
    )


def _endpoint(fields: object) -> Endpoint | None:
    if not isinstance(fields, dict):
        return None
    ipv4 = (number(fields.get(1)) % 2**32).to_bytes(4, "big")
    ipv6 = fields.get(4)
    address = address_of(ipv4) or (address_of(ipv6) if isinstance(ipv6, bytes) else "")
    return Endpoint(text(fields.get(3)), address, number(fields.get(2)) % 2**16)


def _value(fields: Fields) -> object:
    """Return the value of a binary annotation, which is bytes of the type that it names."""
    raw, kind = fields.get(2), fields.get(3)
    if not isinstance(raw, bytes):
        return ""
    if kind == _BOOL:
        return raw == b"\1"
    if kind == _BYTES:
        return base64.b64encode(raw).decode()
    if kind in _NUMBERS and len(raw) == struct.calcsize(_NUMBERS[kind]):
        return struct.unpack(_NUMBERS[kind], raw)[0]
    return text(raw)
