"""Datadog's trace formats: v0.3 and v0.4 (lists of lists of span maps) and v0.5 (the same as arrays
with indexes into one table of strings).

The format as `ddtrace` sends it is written down in docs/wire-formats.md. A body in which everything
is as it should be, which is nearly every body, is decoded straight into structs, limits checked on
the way. For any other, `salvage` picks it apart span by span.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta

from collector import limits
from collector.model import Span, TagValue
from collector.receivers import salvage
from collector.receivers.body import BodyError
from collector.receivers.datadog_events import UNNAMED_OPERATION, UNNAMED_SERVICE, take_extras
from collector.receivers.datadog_trace import gather
from collector.receivers.payload import Payload
from collector.receivers.tag_values import nested

Identifier = Annotated[int, Meta(ge=1)]
Moment = Annotated[int, Meta(ge=0, lt=limits.MOMENT)]
Name = Annotated[str, Meta(max_length=limits.NAME)]
Resource = Annotated[str, Meta(max_length=limits.RESOURCE)]
Key = Annotated[str, Meta(max_length=limits.KEY)]
Value = Annotated[str, Meta(max_length=limits.VALUE)]
# NaN is in no range, so that it fails here and `salvage` can turn it into text.
Number = int | Annotated[float, Meta(ge=-1.7976931348623157e308, le=1.7976931348623157e308)]
Index = Annotated[int, Meta(ge=0)]
T = TypeVar("T")
ListOf = Annotated[list[T], Meta(max_length=limits.ITEMS)]


class SpanMap(msgspec.Struct, gc=False):
    """A span of v0.3 and v0.4. Clients leave out what has its default value."""

    trace_id: Identifier
    span_id: Identifier
    start: Moment
    duration: Moment
    parent_id: Annotated[int, Meta(ge=0)] | None = 0
    name: Name | None = None
    service: Name | None = None
    resource: Resource | None = None
    type: Name | None = None
    error: int = 0
    meta: Annotated[dict[Key, Value | Number], Meta(max_length=limits.TAGS)] | None = None
    metrics: Annotated[dict[Key, Number], Meta(max_length=limits.TAGS)] | None = None
    span_events: msgspec.Raw | None = None
    span_links: msgspec.Raw | None = None


class SpanRow(msgspec.Struct, array_like=True, gc=False):
    """A span of v0.5; the texts are indexes into the payload's table."""

    service: Index
    name: Index
    resource: Index
    trace_id: Identifier
    span_id: Identifier
    parent_id: Annotated[int, Meta(ge=0)]
    start: Moment
    duration: Moment
    error: int
    meta: Annotated[dict[Index, Index], Meta(max_length=limits.TAGS)]
    metrics: Annotated[dict[Index, Number], Meta(max_length=limits.TAGS)]
    type: Index


_decode_maps = msgspec.msgpack.Decoder(ListOf[ListOf[SpanMap]]).decode
_decode_rows = msgspec.msgpack.Decoder(
    tuple[ListOf[Resource], ListOf[ListOf[SpanRow]]],
).decode


def read_v04(body: bytes, *, json: bool = False) -> Payload:
    """A v0.3 or v0.4 body as a `Payload`. Raises `BodyError` if it cannot be read at all."""
    if json:
        return _read(body, salvage.traces_from_json)
    try:
        traces = _decode_maps(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _read(body, salvage.traces_from_msgpack)
    payload = Payload()
    for trace in traces:
        if trace:
            gather(payload, [span.trace_id for span in trace], [_from_map(span) for span in trace])
    return payload


def read_v05(body: bytes) -> Payload:
    """A v0.5 body as a `Payload`. Raises `BodyError` if it cannot be read at all."""
    try:
        strings, traces = _decode_rows(body)
        converted = [[_from_row(row, strings) for row in trace] for trace in traces]
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, IndexError):
        return _read(body, salvage.traces_from_v05)
    payload = Payload()
    for rows, spans in zip(traces, converted, strict=True):
        if spans:
            gather(payload, [row.trace_id for row in rows], spans)
    return payload


def _read(body: bytes, traces_from: Callable[[bytes, Payload], salvage.Traces]) -> Payload:
    payload = Payload()
    try:
        for trace_ids, spans in traces_from(body, payload):
            gather(payload, trace_ids, spans)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BodyError(400, "malformed", f"the body cannot be read: {error}") from None
    return payload


def _from_map(wire: SpanMap) -> Span:
    tags = wire.meta or {}
    if wire.metrics:
        tags.update(wire.metrics)
    name = wire.name or UNNAMED_OPERATION
    span = Span(
        wire.span_id,
        wire.parent_id or 0,
        wire.service or UNNAMED_SERVICE,
        name,
        wire.resource or name,
        wire.type or "",
        wire.start,
        wire.duration,
        1 if wire.error else 0,
        tags,
    )
    if wire.span_events is not None or wire.span_links is not None or "events" in tags:
        decode = msgspec.msgpack.decode
        take_extras(span, nested(wire.span_events, decode), nested(wire.span_links, decode))
    return span


def _from_row(wire: SpanRow, strings: list[str]) -> Span:
    tags: dict[str, TagValue] = {strings[k]: strings[v] for k, v in wire.meta.items()}
    for key, number in wire.metrics.items():
        tags[strings[key]] = number
    name = strings[wire.name] or UNNAMED_OPERATION
    span = Span(
        wire.span_id,
        wire.parent_id,
        strings[wire.service] or UNNAMED_SERVICE,
        name,
        strings[wire.resource] or name,
        strings[wire.type],
        wire.start,
        wire.duration,
        1 if wire.error else 0,
        tags,
    )
    if "events" in tags or "_dd.span_links" in tags:
        take_extras(span)
    return span
