"""OTLP is read as OpenTelemetry's own messages write it, in both of its forms."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.impossible_time import has_impossible_time
from collector.model import Span
from collector.receivers.body import BodyError
from collector.receivers.otlp_json import read_json
from collector.receivers.otlp_protobuf import read_protobuf
from collector.receivers.payload import Payload
from collector.receivers.protobuf import BYTES, VARINT, bytes_field, fields, number_field
from tests.collector.random_otlp import (
    GROUPS,
    as_tag,
    read_tag,
    request_json,
    request_message,
    span_message,
)

KINDS = (None, "internal", "server", "client", "producer", "consumer")
FORMS: dict[str, Callable[[list[Any]], Payload]] = {
    "protobuf": lambda groups: read_protobuf(request_message(groups).SerializeToString()),
    "JSON": lambda groups: read_json(request_json(groups)),
    "JSON with base64": lambda groups: read_json(request_json(groups, ids="base64")),
    "JSON with upper case": lambda groups: read_json(request_json(groups, ids="HEX")),
    "JSON with numbers": lambda groups: read_json(request_json(groups, numbers="number")),
    "JSON with names": lambda groups: read_json(request_json(groups, enums="name")),
}


def span(**changes: Any) -> dict[str, Any]:
    """Return a span to send, in which only this is special."""
    plain = {
        "trace_id": bytes(15) + b"\1",
        "span_id": bytes(7) + b"\2",
        "trace_state": "",
        "parent_span_id": b"",
        "name": "op",
        "kind": 0,
        "start_time_unix_nano": 10**18,
        "duration": 5,
        "attributes": {},
        "events": [],
        "links": [],
        "status": (0, ""),
    }
    return plain | changes


def group(*spans: dict[str, Any], service: str = "web", **resource: Any) -> tuple[Any, ...]:
    """Return a group of spans of one service."""
    return (service, resource, "", "", {}, list(spans))


def read_one(form: str, *groups: tuple[Any, ...]) -> Span:
    """Return the only span of groups that are sent in this form."""
    payload = FORMS[form](list(groups))
    assert (payload.spans, payload.rejected) == (1, {}), payload.reasons
    ((_, spans),) = payload.chunks
    return spans[0]


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=80)
@given(groups=GROUPS)
def test_what_is_sent_is_read_back_equal(form: str, groups: list[tuple[Any, ...]]) -> None:
    payload = FORMS[form](groups)
    got = [(chunk.trace_id, each) for chunk in payload.chunks for each in chunk.spans]
    sent = [(each["trace_id"].hex(), each, group) for group in groups for each in group[-1]]
    assert payload.spans == len(sent)
    assert not payload.rejected
    assert len({chunk.trace_id for chunk in payload.chunks}) == len(payload.chunks)
    order = list(dict.fromkeys(trace_id for trace_id, *_ in sent))
    sent.sort(key=lambda each: order.index(each[0]))
    for (trace_id, stored), (sent_id, original, from_group) in zip(got, sent, strict=True):
        assert trace_id == sent_id
        _check(stored, original, from_group)


def _check(stored: Span, sent: dict[str, Any], group: tuple[Any, ...]) -> None:
    service, resource, scope_name, scope_version, scope, _ = group
    assert stored.span_id == int.from_bytes(sent["span_id"], "big")
    assert stored.parent_id == int.from_bytes(sent["parent_span_id"], "big")
    assert stored.service == (service or "unnamed-service")
    assert (stored.name, stored.start) == (sent["name"], sent["start_time_unix_nano"])
    assert stored.duration == sent["duration"]
    assert stored.tags.get("w3c.tracestate", "") == sent["trace_state"]
    code, message = sent["status"]
    assert stored.error == (code == 2)
    assert stored.tags.get("otel.status_code") == ("OK" if code == 1 else None)
    assert stored.tags.get("otel.status_description") == (message or None)
    assert stored.tags.get("span.kind") == KINDS[sent["kind"]]
    assert stored.tags.get("otel.scope.name", "") == scope_name
    assert stored.tags.get("otel.scope.version", "") == scope_version
    expected = resource | {f"otel.scope.{key}": value for key, value in scope.items()}
    _check_attributes(stored.tags, expected | sent["attributes"])
    for event, (at, name, attributes) in zip(stored.events, sent["events"], strict=True):
        assert (event.time, event.name) == (at, name)
        _check_attributes(event.attributes, attributes)
    for link, (trace_id, span_id, attributes) in zip(stored.links, sent["links"], strict=True):
        assert (link.trace_id, link.span_id) == (trace_id.hex(), int.from_bytes(span_id, "big"))
        _check_attributes(link.attributes, attributes)


def _check_attributes(tags: dict[str, Any], sent: dict[str, Any]) -> None:
    for key, value in sent.items():
        assert read_tag(tags[key], value) == as_tag(value)


@pytest.mark.parametrize("form", FORMS)
def test_a_span_has_the_attributes_of_its_resource_unless_it_has_its_own(form: str) -> None:
    attributes = {"service.name": "db", "region": "here"}
    stored = read_one(form, group(span(attributes=attributes), region="there", zone=7))
    assert stored.service == "db"
    assert stored.tags == {"region": "here", "zone": 7}


@pytest.mark.parametrize("form", FORMS)
def test_a_trace_state_is_cut_as_any_text_is(form: str) -> None:
    stored = read_one(form, group(span(trace_state="ot=th:c," + "x" * 200_000)))
    trace_state = str(stored.tags["w3c.tracestate"])
    assert (len(trace_state), trace_state[:8], trace_state[-1]) == (100_000, "ot=th:c,", "…")


@pytest.mark.parametrize("form", FORMS)
def test_a_span_without_an_end_has_no_duration(form: str) -> None:
    assert read_one(form, group(span(start_time_unix_nano=5, duration=-5))).duration == 0


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"trace_id": b""}, "it has no trace_id"),
        ({"trace_id": bytes(16)}, "trace_id is 0"),
        ({"trace_id": bytes(17)}, "trace_id has 17 bytes, not 16"),
        ({"span_id": b""}, "it has no span_id"),
        ({"span_id": b"123456789"}, "span_id has 9 bytes, not 8"),
        ({"parent_span_id": b"123456789"}, "parent_id has 9 bytes, not 8"),
    ],
)
def test_a_wrong_span_is_named_and_the_rest_kept(
    form: str, changes: dict[str, Any], reason: str
) -> None:
    payload = FORMS[form]([group(), group(span(), span(**changes), span())])
    assert payload.spans == 3
    assert payload.rejected.total() == 1
    assert payload.reasons == [f"resource 1, scope 0, span 1: {reason}"]
    assert [len(chunk.spans) for chunk in payload.chunks] == [2]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "changes", [{"duration": -1}, {"start_time_unix_nano": 0}, {"start_time_unix_nano": 2**62}]
)
def test_a_span_with_impossible_times_is_kept(form: str, changes: dict[str, Any]) -> None:
    assert has_impossible_time(read_one(form, group(span(**changes))), time.time_ns())


@pytest.mark.parametrize("form", ["protobuf", "JSON"])
def test_a_short_trace_id_is_padded(form: str) -> None:
    payload = FORMS[form]([group(span(trace_id=b"\xaa" * 8))])
    assert payload.chunks[0].trace_id == "0" * 16 + "aa" * 8


@pytest.mark.parametrize("form", ["protobuf", "JSON"])
def test_values_deep_in_one_another_are_left_out(form: str) -> None:
    value: Any = "deep"
    for _ in range(40):
        value = [value]
    text = read_one(form, group(span(attributes={"a": value, "b": 1}))).tags["a"]
    assert text == "[" * 31 + '"(nested too deeply to read)"' + "]" * 31


def test_a_span_that_is_no_message_costs_no_other() -> None:
    request = request_message([group(span(), span(name="broken"), span())])
    body = request.SerializeToString().replace(b"\x2a\x06broken", b"\x2a\x7fbroken")
    payload = read_protobuf(body)
    assert payload.reasons == [
        "resource 0, scope 0, span 1: the span cannot be read: it ends too early"
    ]
    assert payload.spans == 3


def test_fields_that_nobody_knows_are_skipped() -> None:
    unknown = bytes.fromhex("8a7d0401020304 907d8001 95fa0100000000 997d0000000000000000")
    body = request_message([group(span())]).SerializeToString()
    assert read_protobuf(unknown + body + unknown).spans == 1
    message = json.loads(request_json([group(span(attributes={"a": 1}))]))
    message["resourceSpans"][0]["scopeSpans"][0]["spans"][0] |= {"flags": 1, "new": [{"x": None}]}
    assert read_json(json.dumps(message | {"new": {}}).encode()).spans == 1


@settings(max_examples=80)
@given(st.randoms(use_true_random=False), st.integers(0, 9))
def test_the_order_of_fields_means_nothing(order: Any, unknown: int) -> None:
    attributes = {"a": "x" * 300, "b": 1, "c": [1.5], "d": True, "e": -2}
    sent = span(attributes=attributes, kind=3, status=(2, "no"), parent_span_id=b"\7" * 8)
    sent["trace_state"] = "ot=th:c"
    message = span_message(sent).SerializeToString()
    parts = [_field(key, value) for key, value in fields(message)]
    parts += [number_field(1_000 + number, number) for number in range(unknown)]
    order.shuffle(parts)
    group = bytes_field(1, bytes_field(2, bytes_field(2, b"".join(parts))))
    ((_, (read,)),) = read_protobuf(group).chunks
    ((_, (plain,)),) = read_protobuf(bytes_field(1, bytes_field(2, bytes_field(2, message)))).chunks
    assert read == plain


def _field(key: int, value: Any) -> bytes:
    """Return a field as it was written."""
    number, written = key >> 3, key & 7
    if written == VARINT:
        return number_field(number, value)
    if written == BYTES:
        return bytes_field(number, value)
    return bytes((key,)) + bytes(value)


def test_text_that_is_not_utf8_is_kept_as_far_as_it_goes() -> None:
    body = request_message([group(span(name="broken", attributes={"a": "xyz"}))])
    stored = read_protobuf(
        body.SerializeToString().replace(b"broken", b"br\xffken").replace(b"xyz", b"x\xc3z")
    )
    assert stored.chunks[0].spans[0].name == "br\ufffdken"
    assert stored.chunks[0].spans[0].tags == {"a": "x\ufffdz"}


@pytest.mark.parametrize(
    ("value", "tag"),
    [
        ({"intValue": "7"}, 7),
        ({"intValue": 7}, 7),
        ({"intValue": 7.0}, 7),
        ({"intValue": "seven"}, "seven"),
        ({"doubleValue": 7}, 7.0),
        ({"doubleValue": "7.5"}, 7.5),
        ({"doubleValue": "NaN"}, "nan"),
        ({"doubleValue": "-Infinity"}, "-inf"),
        ({"stringValue": None}, ""),
        ({"newValue": 3}, ""),
        ({}, ""),
        (None, ""),
        ({"arrayValue": {}}, "[]"),
        ({"arrayValue": {"values": [{"intValue": "1"}, {}, None]}}, "[1,null,null]"),
        ({"kvlistValue": {"values": [{"key": "a", "value": {"boolValue": True}}]}}, '{"a":true}'),
        ({"bytesValue": "AQI="}, "AQI="),
    ],
)
def test_values_in_json_are_read_as_senders_write_them(value: object, tag: object) -> None:
    message = json.loads(request_json([group(span())]))
    attributes = [{"key": "a", "value": value}]
    message["resourceSpans"][0]["scopeSpans"][0]["spans"][0]["attributes"] = attributes
    payload = read_json(json.dumps(message).encode())
    assert payload.chunks[0].spans[0].tags == {"a": tag}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"name": 7}, "Expected `str | null`, got `int` - at `$.name`"),
        ({"traceId": "xyz!"}, "trace_id is neither hex nor base64: 'xyz!'"),
        ({"startTimeUnixNano": "soon"}, "start is no whole number: 'soon'"),
        ({"attributes": [{"key": "a", "value": "b"}]}, "Expected `object | null`, got `str`"),
        ({"attributes": {"a": 1}}, "Expected `array | null`, got `object`"),
    ],
)
def test_a_wrong_span_in_json_is_named(changes: dict[str, object], reason: str) -> None:
    message = json.loads(request_json([group(span(), span())]))
    message["resourceSpans"][0]["scopeSpans"][0]["spans"][0] |= changes
    payload = read_json(json.dumps(message).encode())
    assert payload.rejected.total() == 1
    assert reason in payload.reasons[0]
    assert [len(chunk.spans) for chunk in payload.chunks] == [1]


@settings(max_examples=300)
@given(st.binary(max_size=80), st.integers(0, 10**6), st.binary(max_size=3))
def test_no_bytes_whatsoever_make_it_fail(body: bytes, place: int, change: bytes) -> None:
    right = request_message([group(span(attributes={"a": [1, {"b": 2.5}]}), k="v")])
    sent = bytearray(right.SerializeToString())
    place %= len(sent)
    sent[place : place + len(change)] = change
    for data in (body, bytes(sent)):
        for read in (read_protobuf, read_json):
            with suppress(BodyError):
                read(data)
