"""OTLP over HTTP: what is stored, and answers in the form of the request."""

from __future__ import annotations

import gzip
import json
import zlib
from typing import Any

import pytest
from flask.testing import FlaskClient
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from collector import limits
from collector.http import decoding
from collector.receivers.protobuf import bytes_field
from tests.collector.random_otlp import key_values, request_json, request_message
from tests.collector.receivers.test_otlp import group, span

PROTOBUF, JSON = "application/x-protobuf", "application/json"


def post(client: FlaskClient, body: bytes, kind: str, **headers: str) -> Any:
    return client.post("/v1/traces", data=body, headers={"Content-Type": kind, **headers})


@pytest.mark.parametrize("kind", [PROTOBUF, "application/protobuf", JSON, "text/json"])
@pytest.mark.parametrize(
    ("encoding", "encode"), [("", bytes), ("gzip", gzip.compress), ("deflate", zlib.compress)]
)
def test_a_span_is_stored(client: FlaskClient, kind: str, encoding: str, encode: Any) -> None:
    trace_id = abs(hash((kind, encoding))).to_bytes(16, "big")
    groups = [group(span(trace_id=trace_id, kind=2), service="web", zone="here")]
    json_ = kind.endswith("json")
    body = request_json(groups) if json_ else request_message(groups).SerializeToString()
    answer = post(
        client, encode(body), kind, **({"Content-Encoding": encoding} if encoding else {})
    )
    assert (answer.status_code, answer.data) == (200, b"{}" if json_ else b"")
    assert answer.mimetype == (JSON if json_ else PROTOBUF)
    stored = client.get(f"/api/trace/{trace_id.hex()}/span/2").json
    assert stored["tags"] == {"span.kind": "server", "zone": "here"}


WRONG = [group(span(), span(duration=-1), span(span_id=b""))]
REASONS = (
    "resource 0, scope 0, span 1: duration is negative; "
    "resource 0, scope 0, span 2: it has no span_id"
)


def test_what_is_rejected_is_a_partial_success(client: FlaskClient) -> None:
    answer = post(client, request_message(WRONG).SerializeToString(), PROTOBUF)
    partial = ExportTraceServiceResponse.FromString(answer.data).partial_success
    assert (partial.rejected_spans, partial.error_message) == (2, REASONS)
    answer = post(client, request_json(WRONG), JSON)
    assert answer.json == {"partialSuccess": {"rejectedSpans": "2", "errorMessage": REASONS}}


@pytest.mark.parametrize(
    ("body", "headers", "status", "problem"),
    [
        (b"\x0a\x05abc", {}, 400, "not a protobuf message: it ends too early"),
        (b"\x0b", {}, 400, "not a protobuf message: byte 0 begins no field"),
        (b"\x80" * 11, {}, 400, "has more than 64 bits"),
        (b"{", {"Content-Type": JSON}, 400, "truncated"),
        (b"[]", {"Content-Type": JSON}, 400, "Expected `object`, got `array`"),
        (b'{"resourceSpans": [7]}', {"Content-Type": JSON}, 400, "got `int`"),
        (b"[" * 2_000_000, {"Content-Type": JSON}, 413, "2,000,000 values"),
        (b"", {"Content-Encoding": "br"}, 415, "gzip, deflate or none"),
        (b"", {"Content-Encoding": "gzip"}, 400, "ends too early"),
        (b"", {"Content-Type": "text/plain"}, 415, "application/x-protobuf or application/json"),
        (bytes(limits.BODY_BYTES + 1), {}, 413, "16,777,216 bytes"),
        (b"\x0a\0" * 200_001, {}, 413, "200,000 groups"),
        (b"\x0a\x80\x80\x20" + b"\x12\0" * 0x40000, {}, 413, "200,000 groups"),
    ],
)
def test_a_body_that_cannot_be_read(
    client: FlaskClient, body: bytes, headers: dict[str, str], status: int, problem: str
) -> None:
    answer = client.post("/v1/traces", data=body, headers={"Content-Type": PROTOBUF} | headers)
    assert answer.status_code == status
    if answer.mimetype == PROTOBUF:
        refused = Status.FromString(answer.data)
        assert (refused.code, problem in refused.message) == (3, True), refused.message
    else:
        assert answer.json["code"] == 3
        assert problem in answer.json["message"]


@pytest.mark.parametrize("kind", [PROTOBUF, JSON])
def test_who_gets_no_turn_is_told_when_to_come_back(
    client: FlaskClient, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decoding, "MAX_WAIT_S", -1)
    monkeypatch.setattr(decoding._turns, "acquire", lambda timeout: False)
    answer = post(client, b"", kind)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1")
    code = Status.FromString(answer.data).code if kind == PROTOBUF else answer.json["code"]
    assert code == 8


def test_a_body_without_spans_is_taken(client: FlaskClient) -> None:
    assert post(client, b"", PROTOBUF).status_code == 200
    assert post(client, b"{}", JSON).json == {}
    assert post(client, json.dumps({"resourceSpans": None}).encode(), JSON).json == {}


def test_a_small_body_cannot_mean_much_text(client: FlaskClient) -> None:
    request = request_message([group(k="x" * 50_000)])
    scope_spans = bytes_field(2, bytes_field(2, b"") * 2_000)
    body = bytes_field(1, request.resource_spans[0].SerializeToString() + scope_spans)
    answer = post(client, body, PROTOBUF)
    assert answer.status_code == 413
    assert "67,108,864 characters, counted for each span" in Status.FromString(answer.data).message


def test_more_than_a_span_can_have_is_left_out(client: FlaskClient) -> None:
    message = request_message([group(span(trace_id=b"\x07" * 16))])
    (sent,) = message.resource_spans[0].scope_spans[0].spans
    sent.attributes.extend(key_values({str(number): number for number in range(1_500)}))
    sent.events.extend([sent.Event(time_unix_nano=1)] * 1_500)
    assert post(client, message.SerializeToString(), PROTOBUF).data == b""
    stored = client.get(f"/api/trace/{'07' * 16}/span/2").json
    assert (len(stored["tags"]), len(stored["events"])) == (limits.TAGS, limits.TAGS)
