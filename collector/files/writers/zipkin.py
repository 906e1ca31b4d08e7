"""Zipkin's JSON, version 2: an array of spans.

https://zipkin.io/zipkin-api/#/default/post_spans
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from collector.files.writers.microseconds import interval_of
from collector.model import Chunk, Event, Span
from collector.receivers.exported import attributes_with_status

KINDS = {"client": "CLIENT", "server": "SERVER", "producer": "PRODUCER", "consumer": "CONSUMER"}


def write(traces: Iterable[Chunk]) -> Iterator[bytes]:
    """Yield the spans of all traces as one array, piece by piece."""
    separator = b"["
    for trace in traces:
        for span in trace.spans:
            yield separator + msgspec.json.encode(_span(trace.trace_id, span))
            separator = b",\n"
    yield b"]\n" if separator == b",\n" else b"[]\n"


def _span(trace_id: str, span: Span) -> dict[str, object]:
    tags = attributes_with_status(span)
    written: dict[str, object] = {"traceId": trace_id, "id": f"{span.span_id:016x}"}
    if span.parent_id:
        written["parentId"] = f"{span.parent_id:016x}"
    written["name"] = span.name
    if kind := KINDS.get(str(tags.get("span.kind"))):
        written["kind"] = kind
        del tags["span.kind"]
    times = interval_of(span)
    written["timestamp"] = times.start
    if times.duration:  # Zipkin has no duration of 0
        written["duration"] = times.duration
    written["localEndpoint"] = {"serviceName": span.service}
    if span.events:
        written["annotations"] = list(map(_annotation, span.events))
    written["tags"] = {key: str(value) for key, value in tags.items()}
    return written


def _annotation(event: Event) -> dict[str, object]:
    """Return an event as OpenTelemetry's exporters for Zipkin write it: the name, or as JSON the
    name with the attributes."""
    value = event.name
    if event.attributes or value.startswith("{"):
        value = msgspec.json.encode({event.name: event.attributes}).decode()
    return {"timestamp": event.time // 1000, "value": value}
