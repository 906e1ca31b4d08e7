"""Our own JSON: traces with whole spans, as `export` writes them, or as `/api/trace/<id>` has
them."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from msgspec import Raw

from collector import limits
from collector.files.item_splitter import items_within
from collector.files.readers.fields import decoded, id_number, moment_of, trace_id_of
from collector.model import Chunk, Event, Link, Span, TagValue
from collector.receivers.body import BodyError
from collector.receivers.conventions import UNNAMED_OPERATION, UNNAMED_SERVICE, check_ids
from collector.receivers.payload import Payload, SpanError
from collector.receivers.tag_values import attributes

MAX_COLUMN_BYTES = 64 * 1024 * 1024
"""Size of a trace as columns: 200,000 spans take about 20 MB."""


class _Event(msgspec.Struct):
    time: str
    name: str
    attributes: dict[str, object] = {}


class _Link(msgspec.Struct):
    trace_id: str
    span_id: str
    attributes: dict[str, object] = {}


class WholeSpan(msgspec.Struct):
    """A span as `/api/trace/<id>/span/<id>` has it."""

    id: str
    start: str
    duration: int
    parent_id: str | None = None
    service: str = ""
    name: str = ""
    resource: str = ""
    type: str = ""
    error: int = 0
    tags: dict[str, object] = {}
    events: list[_Event] = []
    links: list[_Link] = []


class _Trace(msgspec.Struct):
    trace_id: str


class _Columns(msgspec.Struct):
    id: list[str]
    parent: list[int]
    start: list[int]
    duration: list[int]
    error: list[int]
    service: list[int]
    name: list[int]
    resource: list[int]
    type: list[int]


class _TraceColumns(msgspec.Struct):
    trace_id: str
    t0: str
    strings: list[str]
    columns: _Columns
    marks: list[tuple[int, int, int]] = []


_trace = msgspec.json.Decoder(_Trace)
_columns = msgspec.json.Decoder(_TraceColumns)
_span = msgspec.json.Decoder(WholeSpan)


def read_traces(traces: list[Raw]) -> Iterator[Payload]:
    """Read traces with whole spans, a part at a time."""
    for raw in traces:
        payload = Payload()
        try:
            trace_id = trace_id_of(decoded(raw, _trace).trace_id)
        except SpanError as problem:
            payload.reject("a trace", problem)
            yield payload
            continue
        for raw_spans in items_within(raw, "spans"):
            yield _part(trace_id, raw_spans)


def _part(trace_id: str, raw_spans: list[Raw]) -> Payload:
    payload, spans = Payload(), []
    for raw in raw_spans:
        try:
            spans.append(to_span(decoded(raw, _span)))
        except SpanError as problem:
            payload.reject(f"trace {trace_id}", problem)
    payload.spans += len(spans)
    if spans:
        payload.chunks.append(Chunk(trace_id, spans))
    return payload


def to_span(whole: WholeSpan) -> Span:
    """Return our span. Raises `SpanError` if its ids are none that a span can have."""
    name = limits.cut(whole.name, limits.NAME_CHARS) or UNNAMED_OPERATION
    span = Span(
        id_number(whole.id, 16, "span_id"),
        id_number(whole.parent_id, 16, "parent_id"),
        limits.cut(whole.service, limits.NAME_CHARS) or UNNAMED_SERVICE,
        name,
        limits.cut(whole.resource, limits.RESOURCE_CHARS) or name,
        limits.cut(whole.type, limits.NAME_CHARS),
        limits.cut_time(moment_of(whole.start, "start")),
        limits.cut_time(whole.duration),
        1 if whole.error else 0,
        attributes(whole.tags),
        tuple(_event(event) for event in whole.events[: limits.TAGS]),
        tuple(_link(link) for link in whole.links[: limits.TAGS]),
    )
    check_ids(span.span_id, span.parent_id)
    return span


def _event(event: _Event) -> Event:
    name = limits.cut(event.name, limits.NAME_CHARS)
    return Event(moment_of(event.time, "event"), name, attributes(event.attributes))


def _link(link: _Link) -> Link:
    span_id = id_number(link.span_id, 16, "link")
    return Link(trace_id_of(link.trace_id), span_id, attributes(link.attributes))


def read_columns(raw: Raw) -> Payload:
    """Read a trace as columns. They have no tags and no links, and of events only the names.

    Raises `BodyError` if it cannot be read.
    """
    if len(memoryview(raw)) > MAX_COLUMN_BYTES:
        message = f"a trace of more than {MAX_COLUMN_BYTES >> 20} MB; export it in another format"
        raise BodyError(413, "too_large", message)
    try:
        trace = decoded(raw, _columns)
        trace_id, t0 = trace_id_of(trace.trace_id), moment_of(trace.t0, "t0")
        spans = list(_rows(trace, t0))
    except (SpanError, IndexError, ValueError) as problem:
        message = f"its columns do not belong together: {problem}"
        raise BodyError(400, "malformed", message) from None
    return Payload([Chunk(trace_id, spans)] if spans else [], len(spans))


def _rows(trace: _TraceColumns, t0: int) -> Iterator[Span]:
    columns, strings = trace.columns, trace.strings
    ids = [id_number(text, 16, "span_id") for text in columns.id]
    events: dict[int, list[Event]] = {}
    for row, after, name in trace.marks:
        moment = t0 + columns.start[row] + after
        events.setdefault(row, []).append(Event(moment, strings[name]))
    rows = zip(*(getattr(columns, field) for field in _Columns.__struct_fields__), strict=True)
    for row, (_, parent, start, duration, error, *texts) in enumerate(rows):
        service, name, resource, type_ = (strings[index] for index in texts)
        parent_id = ids[parent] if parent >= 0 else 0
        check_ids(ids[row], parent_id)
        tags: dict[str, TagValue] = {}
        yield Span(
            ids[row],
            parent_id,
            service,
            name,
            resource,
            type_,
            limits.cut_time(t0 + start),
            limits.cut_time(duration),
            1 if error else 0,
            tags,
            tuple(events.get(row, ())),
        )
