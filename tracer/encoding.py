"""The Datadog agent's wire format, `PUT /v0.4/traces`: msgpack, traces as lists of span maps.

A span's tags travel separately: strings in `meta`, numbers in `metrics`. Each span carries the low
half of a 128-bit trace id; the high half is in `meta` of a chunk's first span, with whatever else
applies to the whole chunk. Links have a field of their own. Events are JSON in `meta`, as in
Datadog's own clients: only newer agents have a field for them (`span_events`), and a client would
have to ask the agent's `/info` first; older ones pass on `meta` and drop fields they don't know.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import isfinite
from typing import Any

import msgspec

from .span import Event, Link, Span
from .text import MAX_TEXT_CHARS, TagValue, to_text

CONTENT_TYPE = "application/msgpack"

_LOW_64 = (1 << 64) - 1
_MAX_INT = 1 << 63
_encoder = msgspec.msgpack.Encoder()


class WireSpan(msgspec.Struct, omit_defaults=True):
    """A span as the agent expects it: times in nanoseconds, fields at their default left out."""

    trace_id: int
    span_id: int
    service: str
    name: str
    resource: str
    start: int
    duration: int
    parent_id: int = 0
    type: str = ""
    error: int = 0
    meta: dict[str, str] = {}
    metrics: dict[str, int | float] = {}
    span_links: list[dict[str, Any]] = []


def encode_chunk(spans: list[Span]) -> bytes:
    """Return finished spans of one segment, encoded as a msgpack list."""
    chunk = wire_chunk(spans)
    try:
        return _encoder.encode(chunk)
    except UnicodeEncodeError:
        # A lone surrogate somewhere, as in a file name that is not UTF-8. It is too rare to look
        # for in every string.
        return _encoder.encode(valid(msgspec.to_builtins(chunk)))


@dataclass
class Batch:
    """Encoded chunks for one request."""

    chunks: list[bytes] = field(default_factory=list)
    spans: int = 0
    size: int = 0
    """Bytes."""

    def add(self, chunk: bytes, spans: int) -> None:
        """Add a chunk that holds the given number of spans."""
        self.chunks.append(chunk)
        self.spans += spans
        self.size += len(chunk)


def join_chunks(chunks: list[bytes]) -> bytes:
    """Return several encoded chunks as the body of one request."""
    return _encoder.encode([msgspec.Raw(chunk) for chunk in chunks])


def wire_chunk(spans: list[Span]) -> list[WireSpan]:
    """Return finished spans of one segment; the first carries what applies to all of them."""
    chunk = [wire_span(span) for span in spans]
    segment = spans[0].segment
    first = chunk[0]
    first.metrics["_sampling_priority_v1"] = segment.priority
    if segment.probability is not None:
        first.metrics["_dd.rule_psr"] = segment.probability
    if high := segment.trace_id >> 64:
        first.meta["_dd.p.tid"] = f"{high:016x}"
    return chunk


def wire_span(span: Span) -> WireSpan:
    """Return a finished span as the agent expects it."""
    segment = span.segment
    meta: dict[str, str] = {}
    metrics: dict[str, int | float] = {}
    for key, value in span.tags.copy().items():  # a copy: another thread may still add tags
        key = _string(key)
        if type(value) is not str or len(value) > MAX_TEXT_CHARS:
            value = _portable(value)
        if isinstance(value, str):
            meta[key] = value
        else:
            metrics[key] = value
    if span.events:
        meta["events"] = _events(span.events)
    return WireSpan(
        segment.trace_id & _LOW_64,
        span.span_id,
        _string(span.service),
        _string(span.name),
        _string(span.resource),
        segment.epoch_offset + span.monotonic_start,
        span.duration or 0,
        span.parent_id,
        _string(span.type),
        1 if span.error else 0,
        meta,
        metrics,
        [_link(link) for link in span.links.copy()] if span.links else [],
    )


def _string(value: object) -> str:
    if type(value) is str and len(value) <= MAX_TEXT_CHARS:
        return value
    return to_text(value)


def _portable(value: TagValue) -> TagValue:
    """Return a tag's value: a number if it is finite and fits into 64 bits, else text."""
    if type(value) is int and -_MAX_INT <= value < _MAX_INT:
        return value
    if type(value) is float and isfinite(value):
        return value
    return _string(value)


def _events(events: list[Event]) -> str:
    return msgspec.json.encode(
        [
            {
                "name": event.name,
                "time_unix_nano": event.time,
                "attributes": {key: _portable(value) for key, value in event.attributes.items()},
            }
            for event in events.copy()
        ]
    ).decode()


def _link(link: Link) -> dict[str, Any]:
    context = link.context
    wire: dict[str, Any] = {
        "trace_id": context.trace_id & _LOW_64,
        "trace_id_high": context.trace_id >> 64,
        "span_id": context.span_id,
    }
    if link.attributes:  # texts: Datadog's agent takes no others
        wire["attributes"] = {
            _string(key): _string(value) for key, value in link.attributes.items()
        }
    return wire


def valid(value: Any) -> Any:
    """Return a tree of dicts and lists with all its strings made valid Unicode."""
    if isinstance(value, str):
        return to_text(value)
    if isinstance(value, list):
        return [valid(item) for item in value]
    if isinstance(value, dict):
        return {to_text(key): valid(item) for key, item in value.items()}
    return value
