"""Zipkin's routes: what is stored, and the answers that its clients understand."""

from __future__ import annotations

import gzip
import json
import time
import zlib
from typing import Any

import pytest
from flask.testing import FlaskClient

from collector import limits
from collector.http import decoding
from collector.store.group_commit import CannotWriteError
from collector.store.trace_store import TraceStore
from tests.collector import random_zipkin

JSON, PROTOBUF, THRIFT = "application/json", "application/x-protobuf", "application/x-thrift"
V1, V2 = "/api/v1/spans", "/api/v2/spans"
FORMS = [
    (V2, JSON, random_zipkin.v2_json),
    (V2, "text/json; charset=utf-8", random_zipkin.v2_json),
    (V2, "", random_zipkin.v2_json),
    (V2, PROTOBUF, random_zipkin.v2_protobuf),
    (V2, "application/octet-stream", random_zipkin.v2_protobuf),
    (V1, JSON, random_zipkin.v1_json),
    (V1, THRIFT, random_zipkin.v1_thrift),
]
NOW_US = time.time_ns() // 1_000


def post(client: FlaskClient, path: str, kind: str, body: bytes, **headers: str) -> Any:
    return client.post(path, data=body, headers={"Content-Type": kind, **headers})


@pytest.mark.parametrize(("path", "kind", "write"), FORMS)
@pytest.mark.parametrize(
    ("encoding", "encode"), [("", bytes), ("gzip", gzip.compress), ("deflate", zlib.compress)]
)
def test_a_span_is_stored(
    client: FlaskClient, path: str, kind: str, write: Any, encoding: str, encode: Any
) -> None:
    trace_id = abs(hash((path, kind, encoding))) | 1
    span = {"traceId": trace_id, "id": 2, "timestamp": NOW_US, "tags": {"beer": "ipa"}}
    body = write([span | {"localEndpoint": {"serviceName": "web"}}])
    answer = post(client, path, kind, encode(body), **{"Content-Encoding": encoding})
    assert (answer.status_code, answer.data) == (202, b"")
    stored = client.get(f"/api/trace/{trace_id:x}/span/2").json
    assert (stored["service"], stored["tags"]) == ("web", {"beer": "ipa"})
    assert stored["start"] == f"{NOW_US}000"


def test_what_is_rejected_is_named(client: FlaskClient) -> None:
    spans = [{"traceId": "1", "id": "2", "timestamp": NOW_US}, {"traceId": "1"}, 7]
    before = client.get("/stats").json
    answer = post(client, V2, JSON, json.dumps(spans).encode())
    assert answer.status_code == 202
    reasons = ["span 1: it has no span_id", "span 2: the span cannot be read: Expected `object`"]
    assert answer.json["rejected"] == 2
    for said, reason in zip(answer.json["reasons"], reasons, strict=True):
        assert said.startswith(reason)
    after = client.get("/stats").json
    assert after["received"]["spans"] == before["received"]["spans"] + 3
    assert after["rejected"]["spans"]["no_span_id"] == 1


@pytest.mark.parametrize(
    ("path", "body", "headers", "status", "problem"),
    [
        (V2, b"[", {}, 400, "truncated"),
        (V2, b"{}", {}, 400, "Expected `array`"),
        (V2, b"[" * 2_000_000, {}, 413, "2,000,000 values"),
        (V2, b"", {"Content-Encoding": "br"}, 415, "gzip, deflate or none"),
        (V2, b"", {"Content-Encoding": "gzip"}, 400, "ends too early"),
        (V2, b"", {"Content-Type": THRIFT}, 415, "application/json or application/x-protobuf"),
        (V2, b"\x0b", {"Content-Type": PROTOBUF}, 400, "not a protobuf message"),
        (V2, bytes(limits.BODY_BYTES + 1), {}, 413, "16,777,216 bytes"),
        (V1, b"", {"Content-Type": PROTOBUF}, 415, "application/json or application/x-thrift"),
        (V1, b"\x0c\0\0\0\1", {"Content-Type": THRIFT}, 400, "not valid Thrift"),
        (V1, b"\x0c\x7f\xff\xff\xff", {"Content-Type": THRIFT}, 400, "not valid Thrift"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(
    client: FlaskClient,
    path: str,
    body: bytes,
    headers: dict[str, str],
    status: int,
    problem: str,
) -> None:
    answer = client.post(path, data=body, headers={"Content-Type": JSON} | headers)
    assert answer.status_code == status
    assert problem in answer.json["error"]


@pytest.mark.parametrize("path", [V1, V2])
def test_who_gets_no_turn_is_told_when_to_come_back(
    client: FlaskClient, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decoding, "MAX_WAIT_S", -1)
    monkeypatch.setattr(decoding._turns, "acquire", lambda timeout: False)
    answer = post(client, path, JSON, b"[]")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1")


@pytest.mark.parametrize("path", [V1, V2])
def test_what_cannot_be_stored_is_to_be_sent_again(
    client: FlaskClient, store: TraceStore, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(chunks: object) -> None:
        raise CannotWriteError("the disk is full")

    monkeypatch.setattr(store, "add", refuse)
    answer = post(client, path, JSON, b"[]")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert answer.json["error"] == "the disk is full; send this again later"


def test_a_span_without_times_is_where_its_relatives_are(client: FlaskClient) -> None:
    shared = {"traceId": "77", "id": "1", "name": "ask"}
    spans = [
        shared | {"kind": "CLIENT", "timestamp": NOW_US, "duration": 5_000},
        shared | {"kind": "SERVER", "shared": True},
        {"traceId": "77", "id": "2", "parentId": "1", "duration": 0, "timestamp": NOW_US + 1},
        {"traceId": "77", "id": "3", "parentId": "1", "duration": -5, "timestamp": NOW_US + 2},
    ]
    before = client.get("/stats").json["impossible_times"]
    assert post(client, V2, JSON, json.dumps(spans).encode()).status_code == 202
    assert client.get("/stats").json["impossible_times"] == before + 2
    trace = client.get("/api/trace/77").json
    assert (trace["spans"], trace["columns"]["parent"]) == (4, [-1, 0, 1, 1])
    assert (trace["summary"]["start"], trace["duration"]) == (f"{NOW_US}000", 5_000_000)
    kinds = sorted(odd["kind"] for odd in trace["odd"])
    assert kinds == ["impossible_time", "impossible_time"]
