"""Datadog's trace formats: v0.3 and v0.4 (lists of lists of span maps) and v0.5 (span arrays with
indexes into one table of strings).

docs/wire-formats.md describes the formats as `ddtrace` sends them. A body in which everything is as
it should be, which is nearly every body, is decoded straight into structs, and limits are checked
on the way. Any other body is picked apart span by span by `salvage`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta

from collector import limits
from collector.decode_errors import DECODE_ERRORS, reason_of
from collector.model import Span, TagValue
from collector.receivers import salvage
from collector.receivers.body import BodyError
from collector.receivers.conventions import UNNAMED_OPERATION, UNNAMED_SERVICE
from collector.receivers.datadog_chunks import add_chunks
from collector.receivers.datadog_events import take_events_and_links
from collector.receivers.payload import Payload
from collector.receivers.string_table import Strings
from collector.receivers.tag_values import nested

Id = Annotated[int, Meta(ge=1)]
Moment = Annotated[int, Meta(ge=0, lt=limits.NANOSECONDS)]
Name = Annotated[str, Meta(max_length=limits.NAME_CHARS)]
Resource = Annotated[str, Meta(max_length=limits.RESOURCE_CHARS)]
Key = Annotated[str, Meta(max_length=limits.KEY_CHARS)]
Value = Annotated[str, Meta(max_length=limits.VALUE_CHARS)]
# NaN is in no range, so it fails here and `salvage` can turn it into text.
Number = int | Annotated[float, Meta(ge=-1.7976931348623157e308, le=1.7976931348623157e308)]
Index = Annotated[int, Meta(ge=0)]
T = TypeVar("T")
ListOf = Annotated[list[T], Meta(max_length=limits.ITEMS)]


class SpanMap(msgspec.Struct, gc=False):
    """A span of v0.3 or v0.4. Clients leave out what has its default value."""

    trace_id: Id
    span_id: Id
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
    """A span of v0.5; texts are indexes into the payload's table of strings."""

    service: Index
    name: Index
    resource: Index
    trace_id: Id
    span_id: Id
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
    """Read a v0.3 or v0.4 body. Raises `BodyError` if it cannot be read at all."""
    if json:
        return _salvage(body, salvage.traces_from_json)
    try:
        traces = _decode_maps(body)
    except DECODE_ERRORS:
        return _salvage(body, salvage.traces_from_msgpack)
    payload = Payload()
    payload.announce(sum(map(len, traces)))
    for trace in traces:
        if trace:
            add_chunks(
                payload, [span.trace_id for span in trace], [_from_map(span) for span in trace]
            )
    return payload


def read_v05(body: bytes) -> Payload:
    """Read a v0.5 body. Raises `BodyError` if it cannot be read at all."""
    try:
        strings, traces = _decode_rows(body)
        _check_size(strings, traces)
        converted = [[_from_row(row, strings) for row in trace] for trace in traces]
    except (*DECODE_ERRORS, IndexError):
        return _salvage(body, salvage.traces_from_v05)
    payload = Payload()
    payload.announce(sum(map(len, traces)))
    for rows, spans in zip(traces, converted, strict=True):
        if spans:
            add_chunks(payload, [row.trace_id for row in rows], spans)
    return payload


def _check_size(strings: list[str], traces: list[list[SpanRow]]) -> None:
    """Raise `BodyError` if the strings that the spans point to are too long together."""
    texts = sum(4 + 2 * len(row.meta) + len(row.metrics) for trace in traces for row in trace)
    if texts * max(map(len, strings), default=0) <= limits.DECOMPRESSED_BYTES:
        return
    table = Strings(strings)
    for trace in traces:
        for row in trace:
            named = (row.service, row.name, row.resource, row.type)
            for number in (*named, *row.meta, *row.meta.values(), *row.metrics):
                table.take(number)


def _salvage(body: bytes, traces_from: Callable[[bytes, Payload], salvage.Traces]) -> Payload:
    payload = Payload()
    try:
        for trace_ids, spans in traces_from(body, payload):
            add_chunks(payload, trace_ids, spans)
    except DECODE_ERRORS as error:
        raise BodyError(400, "malformed", f"the body cannot be read: {reason_of(error)}") from None
    return payload


def _from_map(span_map: SpanMap) -> Span:
    tags = span_map.meta or {}
    if span_map.metrics:
        tags.update(span_map.metrics)
    name = span_map.name or UNNAMED_OPERATION
    span = Span(
        span_map.span_id,
        span_map.parent_id or 0,
        span_map.service or UNNAMED_SERVICE,
        name,
        span_map.resource or name,
        span_map.type or "",
        span_map.start,
        span_map.duration,
        1 if span_map.error else 0,
        tags,
    )
    if span_map.span_events is not None or span_map.span_links is not None or "events" in tags:
        decode = msgspec.msgpack.decode
        take_events_and_links(
            span, nested(span_map.span_events, decode), nested(span_map.span_links, decode)
        )
    return span


def _from_row(row: SpanRow, strings: list[str]) -> Span:
    tags: dict[str, TagValue] = {strings[key]: strings[value] for key, value in row.meta.items()}
    for key, number in row.metrics.items():
        tags[strings[key]] = number
    name = strings[row.name] or UNNAMED_OPERATION
    span = Span(
        row.span_id,
        row.parent_id,
        strings[row.service] or UNNAMED_SERVICE,
        name,
        strings[row.resource] or name,
        strings[row.type],
        row.start,
        row.duration,
        1 if row.error else 0,
        tags,
    )
    if "events" in tags or "_dd.span_links" in tags:
        take_events_and_links(span)
    return span
