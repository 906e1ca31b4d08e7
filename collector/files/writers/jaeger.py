"""The JSON that Jaeger's UI downloads and opens: `{"data": [a trace, …]}`.

In the words of https://github.com/jaegertracing/jaeger/blob/main/internal/uimodel/model.go.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from collector.files.writers.microseconds import interval_of
from collector.model import Chunk, Event, Span, TagValue
from collector.receivers.exported import ERROR, attributes_with_status

EVENT = "event"
"""The field of a log that is the event's name (OpenTracing)."""

_INT64 = 2**63


def write(traces: Iterable[Chunk]) -> Iterator[bytes]:
    """Yield one document with all traces, piece by piece."""
    separator = b'{"data":['
    for trace in traces:
        yield separator
        yield from _trace(trace)
        separator = b",\n"
    yield b"]}\n" if separator == b",\n" else separator + b"]}\n"


def _trace(trace: Chunk) -> Iterator[bytes]:
    services = dict.fromkeys(span.service for span in trace.spans)
    process_of = {service: f"p{number}" for number, service in enumerate(services, 1)}
    yield b'{"traceID":' + msgspec.json.encode(trace.trace_id) + b',"spans":['
    separator = b""
    for span in trace.spans:
        written = _span(trace.trace_id, span, process_of[span.service])
        yield separator + msgspec.json.encode(written)
        separator = b",\n"
    processes = {
        process: {"serviceName": service, "tags": []} for service, process in process_of.items()
    }
    yield b'],"processes":' + msgspec.json.encode(processes) + b',"warnings":null}'


def _span(trace_id: str, span: Span, process: str) -> dict[str, object]:
    times = interval_of(span)
    return {
        "traceID": trace_id,
        "spanID": f"{span.span_id:016x}",
        "operationName": span.name,
        "references": _references(trace_id, span),
        "startTime": times.start,
        "duration": times.duration,
        "tags": _tags(attributes_with_status(span)),
        "logs": list(map(_log, span.events)),
        "processID": process,
        "warnings": None,
    }


def _references(trace_id: str, span: Span) -> list[dict[str, object]]:
    references = []
    if span.parent_id:
        references.append(_reference("CHILD_OF", trace_id, span.parent_id))
    references += [_reference("FOLLOWS_FROM", link.trace_id, link.span_id) for link in span.links]
    return references


def _reference(kind: str, trace_id: str, span_id: int) -> dict[str, object]:
    return {"refType": kind, "traceID": trace_id, "spanID": f"{span_id:016x}"}


def _log(event: Event) -> dict[str, object]:
    fields = [_tag(EVENT, event.name), *_tags(event.attributes)]
    return {"timestamp": event.time // 1000, "fields": fields}


def _tags(tags: Mapping[str, TagValue]) -> list[dict[str, object]]:
    return [_tag(key, value) for key, value in tags.items()]


def _tag(key: str, value: TagValue) -> dict[str, object]:
    if key == ERROR and value == "true":
        return {"key": key, "type": "bool", "value": True}  # what Jaeger's UI marks in red
    if isinstance(value, float):
        return {"key": key, "type": "float64", "value": value}
    if isinstance(value, int) and -_INT64 <= value < _INT64:
        return {"key": key, "type": "int64", "value": value}
    return {"key": key, "type": "string", "value": str(value)}
