"""OpenTelemetry's JSON: `{"resourceSpans": […]}`, as a document, or a line for each part of it as
OpenTelemetry's file exporters write it.

https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

import msgspec

from collector.kept_probability import TRACE_STATE
from collector.model import Chunk, Event, Link, Span, TagValue
from collector.receivers.exported import attributes_of

KINDS = {"internal": 1, "server": 2, "client": 3, "producer": 4, "consumer": 5}
STATUS_ERROR = 2
SERVICE = "service.name"
MAX_PART_SPANS = 1_000
"""Spans of one of OpenTelemetry's `ResourceSpans`: whoever reads the file need not hold more of
them at once."""

_INT64 = 2**63


def write(traces: Iterable[Chunk]) -> Iterator[bytes]:
    """Yield one document with all traces, piece by piece."""
    separator = b'{"resourceSpans":['
    for trace in traces:
        for part in _parts(trace):
            yield separator + part
            separator = b",\n"
    yield b"]}\n" if separator == b",\n" else separator + b"]}\n"


def write_lines(traces: Iterable[Chunk]) -> Iterator[bytes]:
    """Yield a document of its own for each part of a trace, one on a line."""
    for trace in traces:
        for part in _parts(trace):
            yield b'{"resourceSpans":[' + part + b"]}\n"


def _parts(trace: Chunk) -> Iterator[bytes]:
    """Yield a trace as OpenTelemetry's `ResourceSpans`: at least one for each service."""
    of_service: dict[str, list[Span]] = {}
    for span in trace.spans:
        of_service.setdefault(span.service, []).append(span)
    for service, spans in of_service.items():
        rest = iter(spans)
        while part := list(islice(rest, MAX_PART_SPANS)):
            resource = {"attributes": _attributes({SERVICE: service})}
            written = [_span(trace.trace_id, span) for span in part]
            yield msgspec.json.encode({"resource": resource, "scopeSpans": [{"spans": written}]})


def _span(trace_id: str, span: Span) -> dict[str, object]:
    attributes = attributes_of(span)
    attributes.pop(SERVICE, None)  # a span's would count more than its resource's
    written: dict[str, object] = {"traceId": trace_id, "spanId": f"{span.span_id:016x}"}
    if isinstance(state := attributes.get(TRACE_STATE), str) and state:
        written["traceState"] = state
        del attributes[TRACE_STATE]
    if span.parent_id:
        written["parentSpanId"] = f"{span.parent_id:016x}"
    written["name"] = span.name
    if kind := KINDS.get(str(attributes.get("span.kind"))):
        written["kind"] = kind
        del attributes["span.kind"]
    written["startTimeUnixNano"] = str(max(0, span.start))
    written["endTimeUnixNano"] = str(max(0, span.end))
    written["attributes"] = _attributes(attributes)
    if span.events:
        written["events"] = list(map(_event, span.events))
    if span.links:
        written["links"] = list(map(_link, span.links))
    written["status"] = {"code": STATUS_ERROR} if span.error else {}
    return written


def _event(event: Event) -> dict[str, object]:
    return {
        "timeUnixNano": str(event.time),
        "name": event.name,
        "attributes": _attributes(event.attributes),
    }


def _link(link: Link) -> dict[str, object]:
    return {
        "traceId": link.trace_id,
        "spanId": f"{link.span_id:016x}",
        "attributes": _attributes(link.attributes),
    }


def _attributes(tags: Mapping[str, TagValue]) -> list[dict[str, object]]:
    return [{"key": key, "value": _value(value)} for key, value in tags.items()]


def _value(value: TagValue) -> dict[str, object]:
    if isinstance(value, float):
        return {"doubleValue": value}
    if isinstance(value, int) and -_INT64 <= value < _INT64:
        return {"intValue": str(value)}
    return {"stringValue": str(value)}
