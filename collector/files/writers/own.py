"""Our own JSON, which keeps everything: `{"traces": [a trace, …]}`, each span as
`/api/trace/<id>/span/<id>` has it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from collector.model import Chunk, Span


def write(traces: Iterable[Chunk]) -> Iterator[bytes]:
    """Yield one document with all traces, piece by piece."""
    separator = b'{"traces":['
    for trace in traces:
        head = msgspec.json.encode(trace.trace_id)
        yield separator + b'{"trace_id":' + head + b',"spans":[\n'
        comma = b""
        for span in trace.spans:
            yield comma + msgspec.json.encode(span_json(span))
            comma = b",\n"
        yield b"]}"
        separator = b",\n"
    yield b"]}\n" if separator == b",\n" else separator + b"]}\n"


def span_json(span: Span) -> dict[str, object]:
    """Return everything about a span."""
    return {
        "id": f"{span.span_id:016x}",
        "parent_id": f"{span.parent_id:016x}" if span.parent_id else None,
        "service": span.service,
        "name": span.name,
        "resource": span.resource,
        "type": span.type,
        "start": str(span.start),
        "duration": span.duration,
        "error": span.error,
        "tags": span.tags,
        "events": [
            {"time": str(event.time), "name": event.name, "attributes": event.attributes}
            for event in span.events
        ],
        "links": [
            {
                "trace_id": link.trace_id,
                "span_id": f"{link.span_id:016x}",
                "attributes": link.attributes,
            }
            for link in span.links
        ],
    }
