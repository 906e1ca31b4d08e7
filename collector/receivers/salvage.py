"""The careful way through a Datadog body in which something is not as it should be.

Each span is read by itself. What can be kept is kept, with texts cut and odd values turned into
text; the rest is rejected with a reason. Values are decoded one at a time, so that a hostile body
never becomes much larger in memory than it was on the wire.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Raw

from collector import limits
from collector.counted import counted
from collector.decode_errors import DECODE_ERRORS, reason_of
from collector.model import Span, TagValue
from collector.receivers.body import BodyError
from collector.receivers.conventions import UNNAMED_OPERATION, UNNAMED_SERVICE
from collector.receivers.datadog_events import take_events_and_links
from collector.receivers.payload import Payload, SpanError
from collector.receivers.string_table import Strings
from collector.receivers.tag_values import Decode, nested, tag_value

Traces = Iterator[tuple[list[int], list[Span]]]
"""For each trace, the lower halves of its spans' trace ids, and the spans."""

_RawList = Annotated[list[Raw], Meta(max_length=limits.ITEMS)]
_RawMap = Annotated[dict[str, Raw], Meta(max_length=limits.ITEMS)]
_RawIndexed = Annotated[dict[int, Raw], Meta(max_length=limits.ITEMS)]
_UINT64 = 2**64
_ANY_INTEGER = 2**512


def traces_from_msgpack(body: bytes, payload: Payload) -> Traces:
    """Yield the readable spans of a v0.3 or v0.4 body; reject the others in the payload."""
    return _read_traces(body, msgspec.msgpack.decode, payload)


def traces_from_json(body: bytes, payload: Payload) -> Traces:
    """Yield the readable spans of a v0.4 body in JSON; reject the others in the payload."""
    # JSON does not say in advance how long a list is; this is the cheapest bound on memory.
    values = sum(body.count(mark) for mark in (b"[", b"{", b","))
    if values > 4 * limits.ITEMS:
        raise BodyError(413, "too_large", f"the body has about {values:,} values; send less")
    return _read_traces(body, msgspec.json.decode, payload)


def traces_from_v05(body: bytes, payload: Payload) -> Traces:
    """Yield the readable spans of a v0.5 body; reject the others in the payload."""
    decode = msgspec.msgpack.decode
    table, traces = decode(body, type=tuple[Raw, Raw])
    strings = Strings(_read_string(raw, decode) for raw in decode(table, type=_RawList))
    for number, trace in enumerate(decode(traces, type=_RawList)):
        yield from _read_trace(number, trace, decode, payload, lambda raw: _read_row(raw, strings))


def _read_traces(body: bytes, decode: Decode, payload: Payload) -> Traces:
    for number, trace in enumerate(decode(body, type=_RawList)):
        yield from _read_trace(number, trace, decode, payload, lambda raw: _read_map(raw, decode))


def _read_trace(
    number: int,
    raw: Raw,
    decode: Decode,
    payload: Payload,
    read: Callable[[Raw], tuple[int, Span]],
) -> Traces:
    try:
        raw_spans = decode(raw, type=_RawList)
    except msgspec.ValidationError as error:
        payload.reject(
            f"trace {number}", SpanError("malformed", f"it is not a list of spans: {error}")
        )
        return
    payload.announce(len(raw_spans))
    trace_ids, spans = [], []
    for span_number, raw_span in enumerate(raw_spans):
        try:
            trace_id, span = read(raw_span)
        except SpanError as problem:
            payload.reject(f"trace {number}, span {span_number}", problem)
        else:
            trace_ids.append(trace_id)
            spans.append(span)
    if spans:
        yield trace_ids, spans


def _read_map(raw: Raw, decode: Decode) -> tuple[int, Span]:
    """Read a span map of v0.3 or v0.4."""
    fields = _decode(raw, _RawMap, decode, "the span")
    tags = _read_tags(fields.get("meta"), decode) | _read_tags(fields.get("metrics"), decode)
    trace_id, span = _read_span(fields, decode, tags)
    events, links = (nested(fields.get(name), decode) for name in ("span_events", "span_links"))
    take_events_and_links(span, events, links)
    return trace_id, span


_ROW_FIELDS = (
    "service",
    "name",
    "resource",
    "trace_id",
    "span_id",
    "parent_id",
    "start",
    "duration",
)


def _read_row(raw: Raw, strings: Strings) -> tuple[int, Span]:
    """Read a span array of v0.5."""
    decode = msgspec.msgpack.decode
    items = _decode(raw, _RawList, decode, "the span")
    if len(items) != 12:
        raise SpanError("malformed", f"the span has {counted(len(items), 'item')}, not 12")

    def text(index: Raw | int, what: str) -> str:
        number = index if isinstance(index, int) else _decode(index, int, decode, what)
        if not 0 <= number < len(strings):
            message = f"{what} is string {number} of a table of {len(strings)}"
            raise SpanError("malformed", message)
        return strings.take(number)

    meta = _decode(items[9], _RawIndexed, decode, "meta")
    metrics = _decode(items[10], _RawIndexed, decode, "metrics")
    tags: dict[str, TagValue] = {}
    for key, value in list(meta.items())[: limits.TAGS]:
        tags[limits.cut(text(key, "a tag's key"), limits.KEY_CHARS)] = text(value, "a tag's value")
    for key, value in list(metrics.items())[: limits.TAGS]:
        tags[limits.cut(text(key, "a tag's key"), limits.KEY_CHARS)] = _read_value(value, decode)
    fields = dict(zip(_ROW_FIELDS, items, strict=False)) | {"error": items[8]}
    texts = {"service": items[0], "name": items[1], "resource": items[2], "type": items[11]}
    named = {name: text(index, name) for name, index in texts.items()}
    trace_id, span = _read_span(fields, decode, tags, named)
    take_events_and_links(span)
    return trace_id, span


def _read_span(
    fields: dict[str, Raw],
    decode: Decode,
    tags: dict[str, TagValue],
    texts: dict[str, str] | None = None,
) -> tuple[int, Span]:
    """Return the lower half of the trace id, and the span.

    Raises `SpanError` if the span cannot be kept.
    """
    if texts is None:
        names = ("service", "name", "resource", "type")
        texts = {field: _read_text(fields.get(field), field, decode) for field in names}
    name = limits.cut(texts["name"], limits.NAME_CHARS) or UNNAMED_OPERATION
    trace_id = _read_number(fields, "trace_id", decode, 1, _UINT64)
    span = Span(
        _read_number(fields, "span_id", decode, 1, _UINT64),
        _read_number(fields, "parent_id", decode, 0, _UINT64, missing=0),
        limits.cut(texts["service"], limits.NAME_CHARS) or UNNAMED_SERVICE,
        name,
        limits.cut(texts["resource"], limits.RESOURCE_CHARS) or name,
        limits.cut(texts["type"], limits.NAME_CHARS),
        _read_time(fields, "start", decode),
        _read_time(fields, "duration", decode),
        1 if _read_number(fields, "error", decode, -_UINT64, _UINT64, missing=0) else 0,
        tags,
    )
    return trace_id, span


def _read_number(
    fields: dict[str, Raw],
    field: str,
    decode: Decode,
    low: int,
    high: int,
    missing: int | None = None,
) -> int:
    """Return a number of the span that is at least `low` and below `high`.

    Without it return `missing`; raises `SpanError` if that is None, or if the number is out of
    range.
    """
    raw = fields.get(field)
    value = None if raw is None else _decode(raw, int | bool | None, decode, field)
    if value is None:
        if missing is None:
            raise SpanError(f"no_{field}", f"it has no {field}")
        return missing
    if value < low:
        kind, problem = ("negative", "negative") if value < 0 else ("zero", "0")
        raise SpanError(f"{kind}_{field}", f"{field} is {problem}")
    if value >= high:
        raise SpanError(f"huge_{field}", f"{field} is {high:,} or more")
    return int(value)


def _read_time(fields: dict[str, Raw], field: str, decode: Decode) -> int:
    """Return a moment or a duration. What is out of range is cut off there, and is impossible
    (`collector.impossible_time`): the span is worth keeping all the same."""
    value = _read_number(fields, field, decode, -_ANY_INTEGER, _ANY_INTEGER)
    return max(-limits.NANOSECONDS, min(limits.NANOSECONDS - 1, value))


def _read_text(raw: Raw | None, what: str, decode: Decode) -> str:
    if raw is None:
        return ""
    return _decode(raw, str | None, decode, what) or ""


def _read_string(raw: Raw, decode: Decode) -> str:
    """Return a string of the table. Anything else in it becomes text: perhaps no span uses it."""
    return str(_read_value(raw, decode))


def _read_tags(raw: Raw | None, decode: Decode) -> dict[str, TagValue]:
    if raw is None:
        return {}
    fields = _decode(raw, _RawMap | None, decode, "its tags") or {}
    items = list(fields.items())[: limits.TAGS]
    return {limits.cut(key, limits.KEY_CHARS): _read_value(value, decode) for key, value in items}


def _read_value(raw: Raw, decode: Decode) -> TagValue:
    try:
        return tag_value(decode(raw, type=str | int | float | bool | None))
    except msgspec.ValidationError:
        pass
    return tag_value(nested(raw, decode))


def _decode(raw: Raw, type_: Any, decode: Decode, what: str) -> Any:
    """Return the value as this type. Raises `SpanError`, naming `what` it is, if it is not."""
    try:
        return decode(raw, type=type_)
    except msgspec.ValidationError as error:
        raise SpanError("wrong_type", f"{what}: {error}") from None
    except DECODE_ERRORS as error:
        raise SpanError("malformed", f"{what} cannot be read: {reason_of(error)}") from None
