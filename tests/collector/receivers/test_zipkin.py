"""Zipkin's formats: all say the same of a span, and odd ones are kept or named."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.model import Event, Span
from collector.receivers import zipkin_v1_json, zipkin_v1_thrift, zipkin_v2
from collector.receivers.body import BodyError
from collector.receivers.payload import Payload
from tests.collector import random_zipkin
from tests.collector.random_zipkin import SPANS
from tests.collector.thrift_writers import Binary, Value, i64, record, records, text

GOOD = {"traceId": "a", "id": "b", "timestamp": 1_700_000_000_000_000}


def only(payload: Payload) -> Span:
    assert not payload.reasons
    [chunk] = payload.chunks
    [span] = chunk.spans
    return span


def v2(**fields: object) -> Span:
    return only(zipkin_v2.read_json(json.dumps([GOOD | fields]).encode()))


def expected(span: dict[str, Any]) -> tuple[str, Span]:
    """Return the trace's id and our span of a random one."""
    here, there = span.get("localEndpoint", {}), span.get("remoteEndpoint", {})
    tags = dict(span.get("tags", {}))
    for key, value in (
        ("net.host.ip", here.get("ip")),
        ("net.host.port", here.get("port")),
        ("peer.service", there.get("serviceName")),
        ("net.peer.ip", there.get("ip")),
        ("net.peer.port", there.get("port")),
        ("zipkin.debug", "true" if span.get("debug") else None),
        ("zipkin.shared", "true" if span.get("shared") else None),
        ("span.kind", span.get("kind", "").lower()),
    ):
        if value:
            tags[key] = value
    name = span.get("name") or "unnamed-operation"
    return f"{span['traceId']:032x}", Span(
        span["id"],
        span.get("parentId", 0),
        here.get("serviceName") or "unnamed-service",
        name,
        name,
        "",
        span["timestamp"] * 1_000,
        span.get("duration", 0) * 1_000,
        0,
        tags,
        tuple(Event(time * 1_000, value) for time, value in span.get("annotations", ())),
    )


def check(payload: Payload, spans: list[dict[str, Any]]) -> None:
    assert not payload.reasons
    assert payload.spans == len(spans)
    read = [(chunk.trace_id, span) for chunk in payload.chunks for span in chunk.spans]
    assert sorted(map(repr, read)) == sorted(repr(expected(span)) for span in spans)


@given(st.lists(SPANS, max_size=4), st.sampled_from(["{:x}", "{:016X}", "{:032x}"]))
def test_v2_json(spans: list[dict[str, Any]], ids: str) -> None:
    check(zipkin_v2.read_json(random_zipkin.v2_json(spans, ids.format)), spans)


@given(st.lists(SPANS, min_size=1, max_size=4), st.sampled_from([b"7", b'{"tags": {"a": 1}}']))
def test_what_is_odd_about_one_span_changes_no_other(
    spans: list[dict[str, Any]], odd: bytes
) -> None:
    """A body in which nothing is odd is decoded as a whole, any other span by span."""
    usual = random_zipkin.v2_json(spans)
    payload = zipkin_v2.read_json(usual[:-1] + b", " + odd + b"]")
    assert payload.rejected.total() == 1
    assert payload.chunks == zipkin_v2.read_json(usual).chunks


@given(st.lists(SPANS, max_size=4))
def test_v2_protobuf(spans: list[dict[str, Any]]) -> None:
    check(zipkin_v2.read_protobuf(random_zipkin.v2_protobuf(spans)), spans)


def _as_in_v1(span: dict[str, Any]) -> dict[str, Any]:
    """Return of a span what its first version can say."""
    said = {key: value for key, value in span.items() if key != "shared"}
    if "kind" not in said:
        said.pop("remoteEndpoint", None)
        if not said.get("annotations") and not said.get("tags"):
            said.pop("localEndpoint", None)
    return said


@given(st.lists(SPANS.map(_as_in_v1), max_size=4))
def test_v1(spans: list[dict[str, Any]]) -> None:
    check(zipkin_v1_json.read_json(random_zipkin.v1_json(spans)), spans)
    check(zipkin_v1_thrift.read_thrift(random_zipkin.v1_thrift(spans)), spans)


def test_what_clients_send_for_nothing() -> None:
    span = v2(kind=None, parentId=None, duration=None, debug=None, tags=None, annotations=None)
    assert (span.span_id, span.parent_id, span.duration, span.tags) == (11, 0, 0, {})
    assert v2(parentId="0000000000000000").parent_id == 0
    assert v2(duration=0, kind="SOMETHING").tags == {}
    assert v2(remoteEndpoint={"port": None}).tags == {}


def test_an_empty_error_is_an_error_and_its_text_the_message() -> None:
    assert v2(tags={"error": ""}).error == 1
    failed = v2(tags={"error": "no such beer"})
    assert (failed.error, failed.tags["error.message"]) == (1, "no such beer")
    assert v2(tags={"http.status_code": "503", "http.path": "/"}).error == 1


def test_values_that_are_no_texts_are_kept() -> None:
    tags = v2(tags={"a": 1, "b": True, "c": None, "d": [1, {"e": 2}], "f": 0.5}).tags
    assert tags == {"a": 1, "b": "true", "c": "", "d": '[1,{"e":2}]', "f": 0.5}


def test_several_services_in_one_body() -> None:
    spans = [
        GOOD | {"id": name, "localEndpoint": {"serviceName": name}} for name in ("a", "b", "c")
    ]
    [chunk] = zipkin_v2.read_json(json.dumps(spans).encode()).chunks
    assert [span.service for span in chunk.spans] == ["a", "b", "c"]


def test_an_annotation_of_opentelemetry_is_an_event_with_attributes() -> None:
    notes = ['{"retry": {"attempt": 2, "why": "busy"}}', '{"a": 1}', "{", "plain", "x" * 600]
    span = v2(annotations=[{"timestamp": 5, "value": value} for value in notes])
    assert [(event.name, event.attributes) for event in span.events[:4]] == [
        ("retry", {"attempt": 2, "why": "busy"}),
        ('{"a": 1}', {}),
        ("{", {}),
        ("plain", {}),
    ]
    assert span.events[4].attributes == {"message": "x" * 600}


def test_a_span_without_a_time_of_its_own_begins_with_its_first_annotation() -> None:
    notes = [{"timestamp": time, "value": "x"} for time in (9, 7)]
    assert v2(timestamp=None, annotations=notes).start == 7_000


@pytest.mark.parametrize(
    ("fields", "kind", "problem"),
    [
        ({"traceId": None}, "no_trace_id", "it has no trace_id"),
        ({"traceId": "0"}, "zero_trace_id", "trace_id is 0"),
        ({"traceId": "1" * 33}, "huge_trace_id", "trace_id has more than 128 bits"),
        ({"traceId": "xyz"}, "malformed", "trace_id 'xyz' is not hex digits"),
        ({"traceId": "0x1"}, "malformed", "not hex digits"),
        ({"traceId": 5}, "malformed", "Expected `str | null`, got `int`"),
        ({"id": ""}, "no_span_id", "it has no span_id"),
        ({"id": "1" * 17}, "huge_span_id", "span_id has more than 64 bits"),
        ({"id": "1" * 9_999}, "malformed", "not hex digits"),
        ({"parentId": "-1"}, "malformed", "parent_id '-1' is not hex digits"),
        ({"timestamp": "soon"}, "malformed", "Expected `int | null`"),
        ({"timestamp": 0.5}, "malformed", "Expected `int | null`"),
        ({"tags": ["a"]}, "malformed", "Expected `object | null`"),
        ({"name": "x" * 1_048_577}, "too_large", "may have 1,048,576"),
    ],
)
def test_a_wrong_span_is_named_and_the_right_ones_are_kept(
    fields: dict[str, Any], kind: str, problem: str
) -> None:
    wrong = json.dumps(GOOD | fields)
    for read in (zipkin_v2.read_json, zipkin_v1_json.read_json):
        if "tags" in fields and read is zipkin_v1_json.read_json:
            continue  # v1 has no such field, so it does not matter what is in it
        payload = read(f"[{json.dumps(GOOD)}, {wrong}, {json.dumps(GOOD)}]".encode())
        assert [span.span_id for span in payload.chunks[0].spans] == [11, 11]
        assert payload.rejected == {kind: 1}
        [reason] = payload.reasons
        assert reason.startswith("span 1: ")
        assert problem in reason


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{}", 400),
        (b"[", 400),
        (b"[{}", 400),
        (b"\xff", 400),
        (b"[" * 99_999, 400),
        (b'[{"tags": {"a": ' + b"[" * 99_999 + b"]" * 99_999 + b"}}]", 400),
        (b"[" * 2_000_000, 413),
        (b"[" + b"0," * 1_700_000 + b"0]", 413),
        (b"[" + b"0," * 200_000 + b"0]", 400),
    ],
)
def test_a_body_that_is_no_list_of_spans_is_refused(body: bytes, status: int) -> None:
    for read in (zipkin_v2.read_json, zipkin_v1_json.read_json):
        with pytest.raises(BodyError) as refused:
            read(body)
        assert refused.value.status == status


def test_a_broken_message_costs_no_other() -> None:
    good = random_zipkin.v2_protobuf([{"traceId": 1, "id": 2, "timestamp": 5}])
    payload = zipkin_v2.read_protobuf(good + b"\x0a\x02\x0a\x7f" + good + b"\x0a\x00")
    assert payload.spans == 4
    assert payload.rejected == {"malformed": 1, "no_trace_id": 1}
    for body in (b"\x0a", b"\x0a\x7f", b"\x0b", good[:-1]):
        with pytest.raises(BodyError, match="not a protobuf message"):
            zipkin_v2.read_protobuf(body)
    with pytest.raises(BodyError, match="more than 200,000 spans"):
        zipkin_v2.read_protobuf(b"\x0a\x00" * 300_000)


def test_a_wrong_struct_costs_no_other() -> None:
    good = record(f1=i64(1), f4=i64(2), f10=i64(5))
    odd = record(f1=text("1"), f3=i64(3), f4=i64(2), f6=i64(0), f8=records([]), f10=text(""))
    body = Binary()(records([good, record(f4=i64(2)), record(f1=i64(1)), odd]))
    payload = zipkin_v1_thrift.read_thrift(body)
    assert payload.spans == 4
    assert payload.rejected == {"zero_trace_id": 2, "zero_span_id": 1}
    numbers = Binary()(Value("list", ("i32", [1, 2])))
    assert zipkin_v1_thrift.read_thrift(numbers).rejected == {"wrong_type": 2}
