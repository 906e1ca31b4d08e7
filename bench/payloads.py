"""Realistic payloads of spans, in Datadog's v0.4 msgpack, in OTLP's protobuf or in Zipkin's JSON,
made fast enough to load a collector.

A payload is encoded once. Each time it is sent, its ids, times and one tag per trace are replaced,
so that no two spans are the same and the sender's own work stays small.
"""

from __future__ import annotations

import random
import struct
import time
from collections.abc import Iterator
from typing import Any, Protocol, cast

import msgspec

_FIRST_PLACEHOLDER = 0xFEDC_BA00_0000_0000
"""Placeholders count up from this number; nothing else in a payload begins like it."""
_OPERATIONS = [
    ("web", "sqlalchemy.query", "sql", "SELECT * FROM bakers WHERE id = ?", "db"),
    ("web", "redis.command", "redis", "GET", "redis"),
    ("web", "requests.request", "http", "GET /taste", "web"),
    ("taster", "flask.request", "http", "GET /taste", "taster"),
    ("taster", "palate.taste", "", "palate.taste", "taster"),
]


class _Written(Protocol):
    """The way in which a format writes numbers, all at the same width."""

    def pack(self, number: int, /) -> bytes: ...

    def pack_into(self, body: bytearray, position: int, number: int, /) -> None: ...


class Payload:
    """The spans of several traces in Datadog's format, with the positions of what changes."""

    path = "/v0.4/traces"
    content_type = "application/msgpack"
    _number: _Written = struct.Struct(">Q")
    _time: _Written = struct.Struct(">Q")

    def __init__(self, spans: int, spans_per_trace: int, seed: int = 1) -> None:
        rng = random.Random(seed)
        self.spans = spans
        self.traces = spans // spans_per_trace
        placeholders = iter(range(_FIRST_PLACEHOLDER, _FIRST_PLACEHOLDER + 10_000_000))
        traces = [_trace(spans_per_trace, placeholders, rng) for _ in range(self.traces)]
        self._body = bytearray(self._encode(traces))
        first = _FIRST_PLACEHOLDER
        self._traces = []
        self.last_request_id = ""
        """The value of the tag `request.id` that only the newest trace has."""
        for trace in traces:
            # In the order in which _trace takes placeholders: trace, request, then two per span.
            trace_id = self._find(self._number, first, spans_per_trace)
            request_id = self._body.index(f"{first + 1:016x}".encode())
            changes = []
            for number, span in enumerate(trace):
                span_id, start = first + 2 + 2 * number, first + 3 + 2 * number
                duration = cast("int", span["duration"])
                end = self._find(self._time, start + duration)
                changes.append(
                    (
                        self._find(self._number, span_id),
                        self._find(self._time, start),
                        end,
                        duration,
                    )
                )
            self._traces.append((trace_id, request_id, changes))
            first += 2 + 2 * spans_per_trace

    def _encode(self, traces: list[list[dict[str, object]]]) -> bytes:
        return msgspec.msgpack.encode(traces)

    def _find(self, written: _Written, placeholder: int, max_positions: int = 10_000) -> list[int]:
        """Return the positions of a placeholder in the body."""
        pattern = written.pack(placeholder)
        positions: list[int] = []
        position = self._body.find(pattern)
        while position >= 0 and len(positions) <= max_positions:
            positions.append(position)
            position = self._body.find(pattern, position + len(pattern))
        return positions

    def fresh(self, rng: random.Random) -> bytes:
        """Return the payload with new ids and the current time."""
        body = self._body
        pack, pack_time = self._number.pack_into, self._time.pack_into
        now = time.time_ns()
        for trace_positions, request, changes in self._traces:
            trace_id = rng.getrandbits(63) | 1
            for position in trace_positions:
                pack(body, position, trace_id)
            self.last_request_id = f"{rng.getrandbits(64):016x}"
            body[request : request + 16] = self.last_request_id.encode()
            span_id = rng.getrandbits(62) | 1
            for number, (ids, starts, ends, duration) in enumerate(changes):
                start = now + number * 1000
                for position in ids:
                    pack(body, position, span_id + number)
                for position in starts:
                    pack_time(body, position, start)
                for position in ends:
                    pack_time(body, position, start + duration)
        return bytes(body)


class OtlpPayload(Payload):
    """The same spans in OTLP, grouped by service, with the resource of OpenTelemetry's SDK."""

    path = "/v1/traces"
    content_type = "application/x-protobuf"
    _time: _Written = struct.Struct("<Q")

    def _encode(self, traces: list[list[dict[str, object]]]) -> bytes:
        from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
            ExportTraceServiceRequest,
        )

        request = ExportTraceServiceRequest()
        scopes: dict[object, Any] = {}
        for span in (span for trace in traces for span in trace):
            if span["service"] not in scopes:
                group = request.resource_spans.add()
                resource = _SDK_RESOURCE | {"service.name": span["service"]}
                _add_attributes(group.resource.attributes, resource)
                scopes[span["service"]] = group.scope_spans.add()
                scopes[span["service"]].scope.name = "bench"
            _add_span(scopes[span["service"]].spans.add(), span)
        return bytes(request.SerializeToString())


class _Hex:
    """Ids of 16 hex digits."""

    def pack(self, number: int) -> bytes:
        return b"%016x" % number

    def pack_into(self, body: bytearray, position: int, number: int) -> None:
        body[position : position + 16] = self.pack(number)


class _Microseconds(_Hex):
    """Times of 16 digits, given in nanoseconds."""

    def pack(self, number: int) -> bytes:
        """Return a time, or for a placeholder one in the far future, which no other has."""
        placeholder = number - _FIRST_PLACEHOLDER
        return b"%016d" % (9 * 10**15 + placeholder if placeholder >= 0 else number // 1_000)


class ZipkinPayload(Payload):
    """The same spans in Zipkin's second version, with the endpoint that its clients send."""

    path = "/api/v2/spans"
    content_type = "application/json"
    _number = _Hex()
    _time = _Microseconds()

    def _encode(self, traces: list[list[dict[str, object]]]) -> bytes:
        return msgspec.json.encode([self._span(span) for trace in traces for span in trace])

    def _span(self, span: dict[str, Any]) -> dict[str, object]:
        tags = {key: str(value) for key, value in _attributes(span).items()}
        kind = tags.pop("span.kind", "server").upper()
        written = {
            "traceId": f"{span['trace_id']:032x}",
            "id": f"{span['span_id']:016x}",
            "name": span["name"],
            "kind": kind,
            "timestamp": int(self._time.pack(span["start"])),
            "duration": span["duration"] // 1_000,
            "localEndpoint": {"serviceName": span["service"], "ipv4": "10.0.0.1"},
            "tags": {**tags, **({"error": ""} if span["error"] else {})},
        }
        return written | ({"parentId": f"{span['parent_id']:016x}"} if span["parent_id"] else {})


_SDK_RESOURCE = {
    "telemetry.sdk.language": "python",
    "telemetry.sdk.name": "opentelemetry",
    "telemetry.sdk.version": "1.45.2",
}
PAYLOADS = {"datadog": Payload, "otlp": OtlpPayload, "zipkin": ZipkinPayload}
"""The formats that can be measured, by name."""


def _add_span(message: Any, span: dict[str, Any]) -> None:
    """Fill in a span of OTLP."""
    message.trace_id = span["trace_id"].to_bytes(16, "big")
    message.span_id = span["span_id"].to_bytes(8, "big")
    if span["parent_id"]:
        message.parent_span_id = span["parent_id"].to_bytes(8, "big")
    message.name, message.kind = span["name"], 3 if span["parent_id"] else 2
    message.start_time_unix_nano = span["start"]
    message.end_time_unix_nano = span["start"] + span["duration"]
    message.status.code = 2 if span["error"] else 0
    _add_attributes(message.attributes, _attributes(span))


def _attributes(span: dict[str, Any]) -> dict[str, Any]:
    """Return a span's tags, and as tags what only Datadog's format has fields for."""
    statement = {"db.statement": span["resource"]} if span["type"] in ("sql", "redis") else {}
    kind = {"db.system": span["type"]} if statement else {}
    return {**span["meta"], **span["metrics"], **statement, **kind}


def _add_attributes(attributes: Any, values: dict[str, Any]) -> None:
    for key, value in values.items():
        attribute = attributes.add()
        attribute.key = key
        if isinstance(value, int):
            attribute.value.int_value = value
        else:
            attribute.value.string_value = str(value)


def _trace(size: int, placeholders: Iterator[int], rng: random.Random) -> list[dict[str, object]]:
    """Return a trace as clients send it: a root, and queries, commands and calls below it."""
    trace_id, request_id = next(placeholders), next(placeholders)
    root_id = 0
    spans = []
    for number in range(size):
        span_id, start = next(placeholders), next(placeholders)
        if number == 0:
            root_id = span_id
            service, name, type_, resource = "web", "flask.request", "http", "GET /pair/beer"
            meta = {
                "http.request.method": "GET",
                "http.route": "/pair/beer",
                "url.path": f"/pair/beer?name={rng.choice(('ipa', 'stout', 'porter'))}",
                "request.id": f"{request_id:016x}",
            }
            metrics = {"http.response.status_code": rng.choice((200, 200, 200, 404))}
        else:
            _, name, type_, resource, service = rng.choice(_OPERATIONS)
            meta = {
                "span.kind": "client",
                "server.address": f"10.0.0.{rng.randrange(1, 5)}",
                "version": "step-10",
                "env": "bench",
            }
            metrics = {"rows": rng.randrange(100)}
        spans.append(
            {
                "trace_id": trace_id,
                "span_id": span_id,
                "parent_id": root_id if number else 0,
                "name": name,
                "service": service,
                "resource": resource,
                "type": type_,
                "start": start,
                "duration": rng.randrange(100_000, 50_000_000),
                "error": int(rng.random() < 0.01),
                "meta": meta,
                "metrics": metrics,
            }
        )
    return spans
