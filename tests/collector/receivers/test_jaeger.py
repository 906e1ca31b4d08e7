"""Jaeger's batches, in both of Thrift's protocols, over HTTP and in datagrams."""

from __future__ import annotations

import base64
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.model import Event, Link, Span
from collector.receivers import jaeger
from collector.receivers.body import BodyError
from collector.receivers.payload import Payload
from collector.receivers.thrift_binary import BinaryReader
from collector.receivers.thrift_compact import CompactReader
from tests.collector.random_zipkin import KEYS, MICROSECONDS, NAMES, TEXTS
from tests.collector.thrift_writers import Binary, Compact, Value, i64, record, records, text

TRACE = 7 << 64 | 9
TAG_VALUES = (
    TEXTS
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.binary(max_size=9)
)
TAGS = st.dictionaries(KEYS, TAG_VALUES, max_size=4)
SPANS = st.fixed_dictionaries(
    {
        "trace_id": st.integers(1, 2**128 - 1),
        "id": st.integers(1, 2**64 - 1),
        "parent_id": st.integers(0, 2**64 - 1),
        "name": NAMES,
        "flags": st.sampled_from([0, 1, 3]),
        "start": MICROSECONDS,
        "duration": st.integers(0, 2**40),
        "tags": TAGS,
        "logs": st.lists(st.tuples(MICROSECONDS, NAMES, TAGS), max_size=2),
    }
)


def tag(key: str, value: object) -> Value:
    """Return a tag of the value's type."""
    match value:
        case bool():
            kind, field = 2, {"f5": Value("bool", value)}
        case str():
            kind, field = 0, {"f3": text(value)}
        case int():
            kind, field = 3, {"f6": i64(value)}
        case float():
            kind, field = 1, {"f4": Value("double", value)}
        case bytes():
            kind, field = 4, {"f7": Value("bytes", value)}
        case _:
            raise TypeError(value)
    return record(f1=text(key), f2=Value("i32", kind), **field)


def tags(values: dict[str, Any]) -> Value:
    return records([tag(key, value) for key, value in values.items()])


def reference(kind: int, trace_id: int, span_id: int) -> Value:
    high, low = i64(trace_id >> 64), i64(trace_id % 2**64)
    return record(f1=Value("i32", kind), f2=low, f3=high, f4=i64(span_id))


def span(*references: Value, **changes: Any) -> Value:
    fields: dict[str, Any] = {"trace_id": TRACE, "id": 2, "parent_id": 0, "name": "op", "flags": 1}
    fields |= {"start": 5, "duration": 6, "tags": {}, "logs": ()} | changes
    logs = [
        record(f1=i64(time), f2=tags({"event": name} | values))
        for time, name, values in fields["logs"]
    ]
    return record(
        f1=i64(fields["trace_id"] % 2**64),
        f2=i64(fields["trace_id"] >> 64),
        f3=i64(fields["id"]),
        f4=i64(fields["parent_id"]),
        f5=text(fields["name"]),
        f6=records(references),
        f7=Value("i32", fields["flags"]),
        f8=i64(fields["start"]),
        f9=i64(fields["duration"]),
        f10=tags(fields["tags"]),
        f11=records(logs),
    )


def batch(*spans: Value, process: dict[str, Any] | None = None) -> Value:
    about = record(f1=text("web"), f2=tags(process or {}))
    return record(f1=about, f2=records(spans))


def read(*spans: Value, **process: Any) -> Payload:
    return jaeger.read_http(Binary()(batch(*spans, process=process)))


def only(payload: Payload) -> Span:
    assert not payload.reasons
    [chunk] = payload.chunks
    [found] = chunk.spans
    return found


def kept(values: dict[str, Any]) -> dict[str, Any]:
    """Return tags as a span keeps them."""
    as_text: dict[type, Any] = {
        bool: lambda value: "true" if value else "false",
        bytes: lambda value: base64.b64encode(value).decode(),
    }
    return {key: as_text.get(type(value), lambda v: v)(value) for key, value in values.items()}


@given(st.lists(SPANS, max_size=3), TAGS)
def test_what_is_sent_is_read_in_each_way(sent: list[dict[str, Any]], process: Any) -> None:
    expected = [
        (
            f"{each['trace_id']:032x}",
            Span(
                each["id"],
                each["parent_id"],
                "web",
                each["name"],
                each["name"],
                "",
                each["start"] * 1_000,
                each["duration"] * 1_000,
                0,
                kept(process | each["tags"])
                | ({"jaeger.debug": "true"} if each["flags"] & 2 else {}),
                tuple(Event(time * 1_000, name, kept(tags)) for time, name, tags in each["logs"]),
            ),
        )
        for each in sent
    ]
    whole = batch(*(span(**each) for each in sent), process=process)
    call = record(f1=whole)
    for payload in (
        jaeger.read_http(Binary()(whole)),
        jaeger.read_datagram(BinaryReader(Binary().message("emitBatch", call))),
        jaeger.read_datagram(CompactReader(Compact().message("emitBatch", call))),
    ):
        assert not payload.reasons
        found = [(chunk.trace_id, span) for chunk in payload.chunks for span in chunk.spans]
        assert sorted(map(repr, found)) == sorted(map(repr, expected))


def test_opencensus_calls_a_function_and_waits_for_its_answer() -> None:
    batches = records([batch(span()), batch(span(id=3))])
    message = Binary().message("submitBatches", record(f1=batches), call=5)
    payload = jaeger.read_http(message)
    assert payload.spans == 2
    name, call, result = BinaryReader(payload.reply).read_message()
    assert (name, call) == ("submitBatches", 5)
    assert result == {0: [{1: True}, {1: True}]}


def test_a_reference_is_the_parent_or_a_link() -> None:
    child, follows, elsewhere = (
        reference(0, TRACE, 8),
        reference(1, TRACE, 6),
        reference(0, TRACE + 1, 5),
    )
    links = (
        Link(f"{TRACE + 1:032x}", 5, {"opentracing.ref_type": "child_of"}),
        Link(f"{TRACE:032x}", 6, {"opentracing.ref_type": "follows_from"}),
    )
    for above in (0, 8):
        found = only(read(span(follows, elsewhere, child, parent_id=above)))
        assert (found.parent_id, found.links) == (8, links)
    found = only(read(span(follows)))
    assert (found.parent_id, found.links) == (6, links[1:])
    found = only(read(span(reference(0, 0, 5), reference(0, TRACE, 0), reference(9, 1, 1))))
    assert found.links == (Link(f"{1:032x}", 1, {"opentracing.ref_type": ""}),)


def test_the_log_of_an_error_explains_it() -> None:
    said = {"error.kind": "ValueError", "message": "no such beer", "stack": "line 1"}
    found = only(read(span(tags={"error": True, "span.kind": "server"}, logs=[(5, "error", said)])))
    assert found.error == 1
    assert found.events == (Event(5_000, "error", said),)
    assert found.tags == {
        "span.kind": "server",
        "error": "true",
        "error.type": "ValueError",
        "error.message": "no such beer",
        "error.stack": "line 1",
    }
    python = {"python.exception.type": "E", "python.exception.val": "why"}
    found = only(read(span(tags={"error": True}, logs=[(4, "x", {}), (5, "y", python)])))
    assert (found.tags["error.type"], found.tags["error.message"]) == ("E", "why")
    by_library = {"error.kind": "<class 'beer.NoBeer'>", "error.object": "why"}
    found = only(read(span(tags={"error": True}, logs=[(4, "error", by_library)])))
    assert (found.tags["error.type"], found.tags["error.message"]) == ("beer.NoBeer", "why")
    assert only(read(span(tags={"error": False}))).error == 0


def test_the_status_of_opencensus_may_be_an_error() -> None:
    status = {"status.code": 5, "status.message": "no such beer"}
    found = only(read(span(tags=status)))
    assert (found.error, found.tags["error.message"]) == (1, "no such beer")
    assert only(read(span(tags=status | {"status.code": 0}))).error == 0
    assert only(read(span(tags={"status.code": 5}))).error == 0  # somebody else's tag


def test_the_spans_own_tags_come_before_the_process() -> None:
    found = only(read(span(tags={"a": 1}), a=2, hostname="box"))
    assert found.tags == {"a": 1, "hostname": "box"}


def test_a_log_is_named_by_its_event_or_its_message() -> None:
    logs = [record(f1=i64(5), f2=tags(values)) for values in ({"message": "m"}, {"a": 1}, {})]
    whole = span().value | {11: records(logs)}
    assert only(read(Value("struct", whole))).events == (
        Event(5_000, "m", {"message": "m"}),
        Event(5_000, "log", {"a": 1}),
        Event(5_000, "log"),
    )


def test_a_number_that_is_none_becomes_text() -> None:
    assert only(read(span(tags={"a": math.nan, "b": math.inf}))).tags == {"a": "nan", "b": "inf"}


def test_a_wrong_span_is_named_and_the_right_ones_are_kept() -> None:
    payload = read(
        span(), span(trace_id=0), span(id=0), Value("struct", {3: text("x")}), span(id=4)
    )
    assert payload.rejected == {"zero_trace_id": 2, "zero_span_id": 1}
    assert payload.reasons[1] == "span 2: span_id is 0"
    assert [each.span_id for each in payload.chunks[0].spans] == [2, 4]
    numbers = record(f1=record(f1=text("web")), f2=Value("list", ("i32", [1])))
    assert jaeger.read_http(Binary()(numbers)).rejected == {"wrong_type": 1}


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", "not valid Thrift: it ends too early"),
        (b"{}", "not valid Thrift"),
        (b"\0", "no process or no spans"),
        (Binary()(batch(span()))[:-1], "ends too early"),
        (Binary().message("other", record()), "'other' is not submitBatches"),
        (b"\x80\x01\0\x01" + b"\x7f" * 99, "ends too early"),
        (b"\x80\x01", "ends too early"),
        (b"\x0c\0\1" * 99, "nested too deeply"),
    ],
)
def test_a_body_that_is_no_batch_is_refused(body: bytes, problem: str) -> None:
    with pytest.raises(BodyError, match=problem) as refused:
        jaeger.read_http(body)
    assert refused.value.status == 400


def test_a_datagram_that_is_no_call_is_refused() -> None:
    for datagram in (
        b"",
        b"\x82\x21\0\5other\0",
        b"hello",
        Compact().message("emitBatch", record()),
    ):
        with pytest.raises(BodyError):
            jaeger.read_datagram(CompactReader(datagram))
