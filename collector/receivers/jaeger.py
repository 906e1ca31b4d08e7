"""Jaeger's own formats: a batch of spans in Thrift, over HTTP or in a datagram.

The numbers of the fields are those of Jaeger's `jaeger.thrift` and `agent.thrift`. Times are in
microseconds.
"""

from __future__ import annotations

import base64
import re
from itertools import islice
from typing import Any, NamedTuple

from collector import limits
from collector.kept_probability import JAEGER_DEBUG
from collector.model import Event, Link, Span, TagValue
from collector.receivers.body import BodyError
from collector.receivers.conventions import STATUS_MESSAGE, span_of
from collector.receivers.ids import unsigned, whole_id
from collector.receivers.payload import Payload, SpanError
from collector.receivers.sorted_traces import SortedTraces
from collector.receivers.tag_values import attributes
from collector.receivers.thrift import Fields, ThriftReader, number, reading, structs, text
from collector.receivers.thrift_binary import BinaryReader, write_message

REFERENCE = "opentracing.ref_type"
"""Attribute of a link that says what kind of reference it was."""
CHILD_OF, FOLLOWS_FROM = 0, 1
_REFERENCES = {CHILD_OF: "child_of", FOLLOWS_FROM: "follows_from"}
TAG_CHARS = 16
"""What a tag of a process is at least counted for, for each span that gets it."""
_DEBUG_FLAG = 2
_US = 1_000
"""Nanoseconds."""
_MESSAGE_HEAD = b"\x80\x01"
"""How a call of a function begins. A batch begins with one of its fields."""
_ANSWER = 2
_EMIT_BATCH, _SUBMIT_BATCHES = "emitBatch", "submitBatches"
_ACCEPTED = b"\x0f\0\0\x0c%s%s\0"
"""The answer to `submitBatches`: for each batch a struct of which field 1 says whether it was
taken."""
_BATCH_TAKEN = b"\x02\0\x01\x01\0"


def read_http(body: bytes) -> Payload:
    """Read a batch, or a call of `submitBatches` as OpenCensus sends it.

    Raises `BodyError` if it cannot be read at all.
    """
    reader = BinaryReader(body)
    if not body.startswith(_MESSAGE_HEAD):
        return _read_batches([reading(reader.read_struct)])
    name, call, arguments = reading(reader.read_message)
    if name != _SUBMIT_BATCHES:
        raise BodyError(400, "malformed", f"{name[:40]!r} is not submitBatches")
    batches = structs(arguments.get(1))
    payload = _read_batches(batches)
    result = _ACCEPTED % (len(batches).to_bytes(4, "big"), _BATCH_TAKEN * len(batches))
    payload.reply = write_message(name, _ANSWER, call, result)
    return payload


def read_datagram(reader: ThriftReader) -> Payload:
    """Read a call of `emitBatch`. Raises `BodyError` if it cannot be read at all."""
    name, _, arguments = reading(reader.read_message)
    if name != _EMIT_BATCH:
        raise BodyError(400, "malformed", f"{name[:40]!r} is not emitBatch")
    return _read_batches([arguments.get(1)])


class _Process(NamedTuple):
    """What the spans of a batch have in common."""

    service: str
    tags: dict[str, TagValue]

    @property
    def size(self) -> int:
        """How much each span gets from it: characters, and something for each tag."""
        texts = sum(len(key) + len(str(value)) for key, value in self.tags.items())
        return texts + TAG_CHARS * len(self.tags)


def _read_batches(batches: list[Any]) -> Payload:
    """Read batches. Raises `BodyError` if one is none, or if they are too large."""
    traces = SortedTraces()
    place = size = 0
    for batch in batches:
        fields = batch if isinstance(batch, dict) else {}
        about, spans = fields.get(1), fields.get(2)
        if not isinstance(about, dict) or not isinstance(spans, list):
            raise BodyError(400, "malformed", "the batch has no process or no spans")
        traces.payload.announce(len(spans))
        process = _Process(text(about.get(1)), attributes(_tags(about.get(2))))
        size += process.size * len(spans)
        if size > limits.DECOMPRESSED_BYTES:
            message = (
                f"the tags of processes have more than {limits.DECOMPRESSED_BYTES:,} characters,"
                " counted for each span; send fewer spans at a time"
            )
            raise BodyError(413, "too_large", message)
        for span in spans:
            try:
                if not isinstance(span, dict):
                    raise SpanError("wrong_type", "it is not a struct")
                traces.keep(*_span(span, process))
            except SpanError as problem:
                traces.reject(f"span {place}", problem)
            place += 1
    return traces.finished()


def _span(fields: Fields, process: _Process) -> tuple[int, Span]:
    """Return the number of the trace, and the span. Raises `SpanError` if it cannot be one."""
    trace_id = whole_id(number(fields.get(2)), number(fields.get(1)))
    own = _tags(fields.get(10))
    if number(fields.get(7)) & _DEBUG_FLAG:
        own[JAEGER_DEBUG] = True
    tags = dict(islice((process.tags | attributes(own)).items(), limits.TAGS))
    error = _opencensus_error(tags)
    parent_id, links = _relations(fields, trace_id)
    span = span_of(
        tags,
        span_id=unsigned(number(fields.get(3))),
        parent_id=parent_id,
        service=process.service,
        name=text(fields.get(5)),
        kind="",  # the tag span.kind says
        start=number(fields.get(8)) * _US,
        duration=number(fields.get(9)) * _US,
        error=error,
        events=filter(None, map(_event, structs(fields.get(11))[: limits.TAGS])),
        links=links,
    )
    if span.error:
        _explain(span)
    return trace_id, span


def _tags(raw: object) -> dict[str, object]:
    return {text(tag.get(1)): _value(tag) for tag in structs(raw)[: limits.TAGS]}


def _value(tag: Fields) -> object:
    """Return the value of the type that the tag names."""
    kind = number(tag.get(2))
    if kind == 0:
        return text(tag.get(3))
    value = tag.get(kind + 3)
    if kind == 2:
        return bool(value)
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


def _opencensus_error(tags: dict[str, TagValue]) -> bool | None:
    """Return whether the status that OpenCensus writes is an error; None if there is none."""
    code = tags.get("status.code")
    if "error" in tags or not isinstance(code, int) or "status.message" not in tags:
        return None
    if code and tags["status.message"]:
        tags.setdefault(STATUS_MESSAGE, tags["status.message"])
    return code != 0 or None


def _relations(fields: Fields, trace_id: int) -> tuple[int, tuple[Link, ...]]:
    """Return the parent's id, and all other references as links."""
    references = sorted(structs(fields.get(6))[: limits.TAGS], key=_kind)
    parent_id = unsigned(number(fields.get(4)))
    links = []
    for reference in references:
        kind = _kind(reference)
        high, low = number(reference.get(3)), number(reference.get(2))
        span_id = unsigned(number(reference.get(4)))
        other = unsigned(high) << 64 | unsigned(low)
        if not other or not span_id:
            continue
        if not parent_id and other == trace_id:
            parent_id = span_id
        if (kind, other, span_id) != (CHILD_OF, trace_id, parent_id):
            links.append(Link(f"{other:032x}", span_id, {REFERENCE: _REFERENCES.get(kind, "")}))
    return parent_id, tuple(links)


def _kind(reference: Fields) -> int:
    return number(reference.get(1))


def _event(fields: Fields) -> Event | None:
    """Return a log as an event, named by its field `event`; None if its time is none."""
    time = number(fields.get(1)) * _US
    if not 0 <= time < limits.NANOSECONDS:
        return None
    values = attributes(_tags(fields.get(2)))
    name = next((str(values[key]) for key in ("event", "message") if values.get(key)), "log")
    if values.get("event") == name:
        del values["event"]
    return Event(time, limits.cut(name, limits.NAME_CHARS), values)


_REASONS = {
    "error.type": ("error.kind", "python.exception.type"),
    "error.message": ("message", "error.object", "python.exception.val"),
    "error.stack": ("stack", "python.exception.tb"),
}
"""Our tags, and the fields of an error's log by OpenTracing's conventions and Jaeger's client."""

_PYTHON_CLASS = re.compile(r"\A<class '([\w.<>]+)'>\Z")
"""How OpenTracing's library for Python writes the type of an error."""


def _explain(span: Span) -> None:
    """Add to a failed span what its log of the error says."""
    for event in span.events:
        found: dict[str, str] = {}
        for ours, theirs in _REASONS.items():
            values = (event.attributes[key] for key in theirs if event.attributes.get(key))
            if (value := next(values, None)) is not None:
                found[ours] = _PYTHON_CLASS.sub(r"\1", str(value))
        if event.name == "error" or "error.type" in found:
            span.tags |= {key: value for key, value in found.items() if key not in span.tags}
            return
