"""Bodies that no client should send: a 4xx says what is wrong, and the rest is kept."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st

from collector import limits
from tests.collector.chunks import chunk
from tests.collector.random_spans import v04, v05

pack = msgspec.msgpack.encode
MSGPACK = "application/msgpack"
JSON = "application/json"
GOOD = v04([chunk(1, 1)])


def good(**changes: object) -> dict[str, object]:
    """Return a span map with some fields changed; those that are `...` are left out."""
    span = {"trace_id": 5, "span_id": 6, "name": "op", "start": 1, "duration": 1} | changes
    return {key: value for key, value in span.items() if value is not ...}


@pytest.mark.parametrize(
    ("body", "headers", "status", "problem"),
    [
        (b"", {}, 400, "truncated"),
        (b"\xc1", {}, 400, "invalid opcode"),
        (GOOD[:-3], {}, 400, "truncated"),
        (b"[]", {}, 400, "Expected `array`"),
        (pack({"a": 1}), {}, 400, "Expected `array`, got `object`"),
        (b"\xdd\xff\xff\xff\xff", {}, 400, ""),
        (b"\x91" * 100_000, {}, 400, ""),
        (b"[[{", {"Content-Type": JSON}, 400, "truncated"),
        (b'{"a": 1}', {"Content-Type": JSON}, 400, "Expected `array`"),
        (b"[" * 100_000, {"Content-Type": JSON}, 400, "cannot be read"),
        (b"[" * 3_000_000, {"Content-Type": JSON}, 413, "3,000,000 values"),
        (b"[[" + b"1," * 3_000_000, {"Content-Type": JSON}, 413, "3,000,002 values"),
        (b"[1e999]", {"Content-Type": JSON}, 200, ""),
        (GOOD, {"Content-Type": "text/plain"}, 415, "application/msgpack or application/json"),
        (GOOD, {"Content-Type": "<script>"}, 415, "not supported"),
        (GOOD, {"Content-Encoding": "br"}, 415, "gzip, deflate or none"),
        (GOOD, {"Content-Encoding": "gzip"}, 400, "not valid gzip"),
        (GOOD, {"Content-Encoding": "deflate"}, 400, "not valid deflate"),
        (gzip.compress(GOOD, mtime=0)[:-9], {"Content-Encoding": "gzip"}, 400, "ends too early"),
        (b"", {"Content-Encoding": "gzip"}, 400, "ends too early"),
        (zlib.compress(GOOD)[:-5], {"Content-Encoding": "deflate"}, 400, "ends too early"),
        (bytes(limits.BODY_BYTES + 1), {}, 413, "16,777,216 bytes"),
        (
            gzip.compress(bytes(100 << 20), 1, mtime=0),
            {"Content-Encoding": "gzip"},
            413,
            "67,108,864",
        ),
        (b"\xdd\x00\x08\x00\x00" + b"\x90" * 0x80000, {}, 400, "length"),
    ],
)
def test_a_body_that_cannot_be_read(
    client: FlaskClient, body: bytes, headers: dict[str, str], status: int, problem: str
) -> None:
    before = _rejected_requests(client)
    answer = client.put("/v0.4/traces", data=body, headers={"Content-Type": MSGPACK} | headers)
    assert answer.status_code == status, answer.text
    if status != 200:
        assert problem in answer.json["error"]
        assert sum(_rejected_requests(client).values()) == sum(before.values()) + 1


@pytest.mark.parametrize(
    ("span", "reason", "kind"),
    [
        (good(span_id=0), "span_id is 0", "zero_span_id"),
        (good(trace_id=0), "trace_id is 0", "zero_trace_id"),
        (good(trace_id=...), "it has no trace_id", "no_trace_id"),
        (good(start=None), "it has no start", "no_start"),
        (good(span_id="abc"), "span_id: Expected", "wrong_type"),
        (good(start=1.5), "start: Expected", "wrong_type"),
        (good(name=7), "name: Expected `str", "wrong_type"),
        (good(meta=[1]), "its tags: Expected", "wrong_type"),
        (17, "the span: Expected `object`, got `int`", "wrong_type"),
        (None, "the span: Expected `object`", "wrong_type"),
        ([], "the span: Expected `object`, got `array`", "wrong_type"),
    ],
)
@pytest.mark.parametrize("encode", [pack, msgspec.json.encode])
def test_a_wrong_span_is_named_and_the_rest_kept(
    client: FlaskClient, encode: Callable[[Any], bytes], span: object, reason: str, kind: str
) -> None:
    before = client.get("/stats").json
    body = encode([[good(span_id=1), span, good(span_id=2)], [good(trace_id=9)]])
    kinds = {pack: MSGPACK, msgspec.json.encode: JSON}
    answer = client.put("/v0.4/traces", data=body, content_type=kinds[encode])
    assert answer.status_code == 200
    assert answer.json["rejected"] == 1
    assert answer.json["reasons"][0].startswith(f"trace 0, span 1: {reason}")
    after = client.get("/stats").json
    assert after["rejected"]["spans"][kind] == before["rejected"]["spans"].get(kind, 0) + 1
    assert after["received"]["spans"] == before["received"]["spans"] + 4


@pytest.mark.parametrize(
    ("field", "value", "stored"),
    [
        (
            "meta",
            {"a": None, "b": True, "c": [1, {"d": 2}]},
            {"a": "", "b": "true", "c": '[1,{"d":2}]'},
        ),
        ("metrics", {"a": float("nan"), "b": float("-inf")}, {"a": "nan", "b": "-inf"}),
        ("metrics", {"a": 2**64 - 1, "b": "text"}, {"a": 2**64 - 1, "b": "text"}),
        ("meta", {"a": "x" * 10_000_000}, {"a": "x" * (limits.VALUE_CHARS - 1) + "…"}),
        ("meta", {"k" * 500: "v"}, {"k" * (limits.KEY_CHARS - 1) + "…": "v"}),
        ("meta", {"nul": "a\0b"}, {"nul": "a\0b"}),
        ("meta", None, {}),
        ("resource", "r" * 30_000, "r" * (limits.RESOURCE_CHARS - 1) + "…"),
        ("service", "s" * 600, "s" * (limits.NAME_CHARS - 1) + "…"),
        ("service", None, "unnamed-service"),
        ("service", "", "unnamed-service"),
        ("name", None, "unnamed-operation"),
        ("resource", "", "op"),
        ("type", None, ""),
        ("error", True, 1),
        ("error", 7, 1),
        ("parent_id", None, None),
        ("unknown", {"deep": [[[]]]}, None),
        ("meta_struct", {"x": b"\xff"}, None),
    ],
)
def test_an_odd_value_is_kept_as_text_or_cut(
    client: FlaskClient, field: str, value: object, stored: object
) -> None:
    trace_id = abs(hash((field, str(value)))) | 1
    span = good(trace_id=trace_id, **{field: value})
    answer = client.put("/v0.4/traces", data=pack([[span]]), content_type=MSGPACK)
    assert answer.json == {"rate_by_service": {"service:,env:": 1}}
    detail = client.get(f"/api/trace/{trace_id:x}/span/6").json
    assert detail.get({"meta": "tags", "metrics": "tags"}.get(field, field)) == stored


def test_too_many_tags_are_left_out(client: FlaskClient) -> None:
    span = good(trace_id=77, meta={str(n): "" for n in range(5000)})
    client.put("/v0.4/traces", data=pack([[span]]), content_type=MSGPACK)
    assert len(client.get("/api/trace/4d/span/6").json["tags"]) == limits.TAGS


def test_deep_nesting_in_a_span_harms_nobody(client: FlaskClient) -> None:
    deep = b"\x91" * 200_000 + b"\xc0"
    body = b"\x91\x92" + pack(good(trace_id=78)) + b"\x81\xa4meta\x81\xa1x" + deep
    answer = client.put("/v0.4/traces", data=body, content_type=MSGPACK)
    assert answer.status_code in (200, 400)


def test_only_the_first_reasons_are_given_but_all_are_counted(client: FlaskClient) -> None:
    body = pack([[good(span_id=0)] * 100])
    answer = client.put("/v0.4/traces", data=body, content_type=MSGPACK).json
    assert answer["rejected"] == 100
    assert len(answer["reasons"]) == 20


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda row: row[:11], "the span has 11 items, not 12"),
        (lambda row: [99, *row[1:]], "service is string 99 of a table of"),
        (lambda row: [-1, *row[1:]], "service is string -1 of a table of"),
        (lambda row: [*row[:9], {0: 99}, *row[10:]], "a tag's value is string 99"),
        (lambda row: [*row[:9], {99: 0}, *row[10:]], "a tag's key is string 99"),
        (lambda row: [*row[:9], "x", *row[10:]], "meta: Expected"),
        (lambda row: {"not": "a row"}, "the span: Expected `array`"),
    ],
)
def test_a_wrong_row_of_v05_is_named_and_the_rest_kept(
    client: FlaskClient, change: Callable[[list[Any]], object], reason: str
) -> None:
    strings, traces = msgspec.msgpack.decode(v05([chunk(1, 1, 2, x="y")]))
    traces[0].insert(1, change(traces[0][0]))
    body = pack([strings, traces])
    answer = client.put("/v0.5/traces", data=body, content_type=MSGPACK).json
    assert answer["rejected"] == 1
    assert reason in answer["reasons"][0]


def test_unsampled_traces_are_counted_and_not_stored(client: FlaskClient) -> None:
    before = client.get("/stats").json
    kept = [good(trace_id=501, metrics={"_sampling_priority_v1": 1}), good(trace_id=501, span_id=9)]
    dropped = [good(trace_id=502), good(trace_id=502, metrics={"_sampling_priority_v1": 0})]
    rejected = [good(trace_id=503, metrics={"_sampling_priority_v1": -1})]
    client.put("/v0.4/traces", data=pack([kept, dropped, rejected]), content_type=MSGPACK)
    after = client.get("/stats").json
    assert after["unsampled"] == before["unsampled"] + 3
    assert after["stored"]["spans"] == before["stored"]["spans"] + 2
    assert client.get("/api/trace/1f5").json["spans"] == 2
    assert client.get("/api/trace/1f6").status_code == 404


def test_a_list_of_several_traces_is_taken_apart(client: FlaskClient) -> None:
    spans = [
        good(trace_id=601, meta={"_dd.p.tid": "00000000000000ff"}),
        good(trace_id=602, span_id=7),
        good(trace_id=601, span_id=8),
    ]
    client.put("/v0.4/traces", data=pack([spans, []]), content_type=MSGPACK)
    assert client.get(f"/api/trace/ff{601:016x}").json["spans"] == 2
    assert client.get(f"/api/trace/{602:x}").json["spans"] == 1


@settings(max_examples=300)
@given(
    body=st.binary(max_size=60)
    | st.recursive(
        st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text(),
        lambda inner: (
            st.lists(inner, max_size=13)
            | st.dictionaries(
                st.sampled_from(["trace_id", "span_id", "start", "duration", "meta", "name"])
                | st.text(),
                inner,
                max_size=6,
            )
        ),
        max_leaves=20,
    ).map(lambda value: pack([[value]])),
    route=st.sampled_from(["/v0.3/traces", "/v0.4/traces", "/v0.5/traces"]),
    kind=st.sampled_from([MSGPACK, JSON]),
)
def test_no_body_whatsoever_makes_the_collector_fail(
    client: FlaskClient, body: bytes, route: str, kind: str
) -> None:
    answer = client.put(route, data=body, content_type=kind)
    assert answer.status_code < 500, answer.text


def _rejected_requests(client: FlaskClient) -> dict[str, int]:
    counts: dict[str, int] = client.get("/stats").json["rejected"]["requests"]
    return counts
