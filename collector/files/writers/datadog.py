"""Datadog's v0.4, msgpack: a list of traces, each a list of span maps.

docs/wire-formats.md describes the format.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from collector.model import Chunk, Event, Link, Span, TagValue
from collector.receivers.datadog_chunks import PRIORITY_TAG, UPPER_HALF_TAG

KEEP = 1
_INT64 = 2**63
_LOW_64 = 2**64 - 1
_encode = msgspec.msgpack.Encoder().encode


def write(traces: Iterable[Chunk]) -> Iterator[bytes]:
    """Yield the body of one request with all traces."""
    yield _encode([_chunk(trace) for trace in traces if trace.spans])


def _chunk(trace: Chunk) -> list[dict[str, Any]]:
    """Return a trace; its first span carries what applies to all of them: the upper half of the
    id, and that a client decided to keep it, without which an agent may not."""
    number = int(trace.trace_id, 16)
    spans = [_span(number & _LOW_64, span) for span in trace.spans]
    if upper_half := number >> 64:
        spans[0]["meta"][UPPER_HALF_TAG] = f"{upper_half:016x}"
    if not any(PRIORITY_TAG in span["metrics"] for span in spans):
        spans[0]["metrics"][PRIORITY_TAG] = KEEP
    return spans


def _span(trace_id: int, span: Span) -> dict[str, Any]:
    meta, metrics = _texts_and_numbers(span.tags)
    written: dict[str, Any] = {
        "trace_id": trace_id,
        "span_id": span.span_id,
        "parent_id": span.parent_id,
        "service": span.service,
        "name": span.name,
        "resource": span.resource,
        "type": span.type,
        "start": span.start,
        "duration": span.duration,
        "error": span.error,
        "meta": meta,
        "metrics": metrics,
    }
    if span.links:
        written["span_links"] = list(map(_link, span.links))
    if span.events:
        meta["events"] = _events(span.events)
    return written


def _texts_and_numbers(tags: Mapping[str, TagValue]) -> tuple[dict[str, str], dict[str, Any]]:
    meta: dict[str, str] = {}
    metrics: dict[str, int | float] = {}
    for key, value in tags.items():
        if isinstance(value, str):
            meta[key] = value
        elif isinstance(value, float) or -_INT64 <= value < _INT64:
            metrics[key] = value
        else:
            meta[key] = str(value)
    return meta, metrics


def _link(link: Link) -> dict[str, object]:
    number = int(link.trace_id, 16)
    return {
        "trace_id": number & _LOW_64,
        "trace_id_high": number >> 64,
        "span_id": link.span_id,
        "attributes": {key: str(value) for key, value in link.attributes.items()},
    }


def _events(events: tuple[Event, ...]) -> str:
    """Return events as JSON in a tag: every agent passes that on, and only newer ones a field."""
    return msgspec.json.encode(
        [
            {"name": event.name, "time_unix_nano": event.time, "attributes": event.attributes}
            for event in events
        ]
    ).decode()
