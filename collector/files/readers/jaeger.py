"""The JSON that Jaeger's UI downloads, trace by trace (see `collector.files.writers.jaeger`)."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from msgspec import Raw

from collector import limits
from collector.files.item_splitter import items_within
from collector.files.readers.fields import decoded, id_number, trace_id_of
from collector.files.writers.jaeger import EVENT
from collector.model import Chunk, Event, Link, Span
from collector.receivers.conventions import span_of
from collector.receivers.exported import STATUS
from collector.receivers.payload import Payload, SpanError
from collector.receivers.tag_values import attributes as as_tags

UNNAMED_EVENT = "log"
"""The name of a log that has neither an event nor a message."""


class _Tag(msgspec.Struct):
    key: str
    value: object = ""


class _Reference(msgspec.Struct):
    refType: str  # noqa: N815 (Jaeger's name, as all below)
    spanID: str  # noqa: N815
    traceID: str = ""  # noqa: N815


class _Log(msgspec.Struct):
    timestamp: int
    fields: list[_Tag] = []


class _Process(msgspec.Struct):
    serviceName: str = ""  # noqa: N815
    tags: list[_Tag] | None = None


class _Span(msgspec.Struct):
    spanID: str  # noqa: N815
    startTime: int  # noqa: N815
    traceID: str = ""  # noqa: N815
    duration: int = 0
    operationName: str = ""  # noqa: N815
    parentSpanID: str = ""  # noqa: N815
    references: list[_Reference] | None = None
    tags: list[_Tag] | None = None
    logs: list[_Log] | None = None
    processID: str = ""  # noqa: N815
    process: _Process | None = None


class _Trace(msgspec.Struct):
    traceID: str = ""  # noqa: N815
    processes: dict[str, _Process] = {}


_trace = msgspec.json.Decoder(_Trace)
_span = msgspec.json.Decoder(_Span)


def read_traces(traces: list[Raw]) -> Iterator[Payload]:
    """Read traces, a part at a time."""
    for raw in traces:
        try:
            trace = decoded(raw, _trace)
        except SpanError as problem:
            payload = Payload()
            payload.reject("a trace", problem)
            yield payload
            continue
        for raw_spans in items_within(raw, "spans"):
            yield _part(trace, raw_spans)


def _part(trace: _Trace, raw_spans: list[Raw]) -> Payload:
    payload = Payload()
    spans: dict[str, list[Span]] = {}
    for raw in raw_spans:
        try:
            read = decoded(raw, _span)
            trace_id = trace_id_of(read.traceID or trace.traceID)
            span = _to_span(trace_id, read, trace.processes)
        except SpanError as problem:
            payload.reject(f"trace {trace.traceID[:32]}", problem)
        else:
            spans.setdefault(trace_id, []).append(span)
            payload.spans += 1
    payload.chunks += [Chunk(trace_id, members) for trace_id, members in spans.items()]
    return payload


def _to_span(trace_id: str, read: _Span, processes: dict[str, _Process]) -> Span:
    process = read.process or processes.get(read.processID) or _Process()
    attributes = _values(process.tags) | _values(read.tags)
    parent_id, links = _relations(trace_id, read, STATUS in attributes)
    return span_of(
        as_tags(attributes),
        span_id=id_number(read.spanID, 16, "span_id"),
        parent_id=parent_id,
        service=process.serviceName,
        name=read.operationName,
        kind="",
        start=read.startTime * 1000,
        duration=read.duration * 1000,
        error=None,
        events=[_event(log) for log in (read.logs or [])[: limits.TAGS]],
        links=links,
    )


def _values(tags: list[_Tag] | None) -> dict[str, object]:
    return {tag.key: tag.value for tag in tags or ()}


def _relations(trace_id: str, read: _Span, is_ours: bool) -> tuple[int, list[Link]]:
    """Return the parent's id and the links.

    A span follows from its parent where nothing waits for it; in what we exported that is a link.
    """
    parent_id = id_number(read.parentSpanID, 16, "parent_id")
    links: list[Link] = []
    references = sorted(read.references or (), key=lambda each: each.refType != "CHILD_OF")
    for reference in references[: limits.TAGS]:
        other = trace_id_of(reference.traceID or trace_id)
        span_id = id_number(reference.spanID, 16, "reference")
        is_parent = reference.refType == "CHILD_OF" or not is_ours
        if is_parent and other == trace_id and parent_id in (0, span_id):
            parent_id = span_id
        else:
            links.append(Link(other, span_id))
    return parent_id, links


def _event(log: _Log) -> Event:
    fields = {tag.key: tag.value for tag in reversed(log.fields)}
    name = UNNAMED_EVENT
    for number, tag in enumerate(log.fields):
        if tag.key == EVENT:
            rest = log.fields[:number] + log.fields[number + 1 :]
            name, fields = str(tag.value), _values(rest)
            break
    moment = log.timestamp * 1000
    if not 0 <= moment < limits.NANOSECONDS:
        raise SpanError("bad_event", "the time of a log is none")
    return Event(moment, limits.cut(name, limits.NAME_CHARS), as_tags(fields))
