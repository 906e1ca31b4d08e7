"""Zipkin's first version, in which annotations say what a span is."""

from __future__ import annotations

import json
from typing import Any

import pytest

from collector.model import Span
from collector.receivers import zipkin_v1_json, zipkin_v1_thrift
from tests.collector.thrift_writers import Binary, Value, i64, record, records, text

GOOD = {"traceId": "a", "id": "b", "timestamp": 1_700_000_000_000_000}


def v1(**fields: object) -> list[Span]:
    payload = zipkin_v1_json.read_json(json.dumps([GOOD | fields]).encode())
    assert not payload.reasons
    return payload.chunks[0].spans


def note(time: int, value: str, service: str) -> dict[str, Any]:
    return {"timestamp": time, "value": value, "endpoint": {"serviceName": service}}


def test_both_ends_of_a_call_in_one_span_become_two() -> None:
    ends = [("cs", 10, "web"), ("sr", 12, "taster"), ("ss", 18, "taster"), ("cr", 20, "web")]
    address = {"key": "sa", "value": True, "endpoint": {"serviceName": "taster", "port": 80}}
    tag = {"key": "beer", "value": "ipa", "endpoint": {"serviceName": "taster"}}
    client, server = v1(
        timestamp=10,
        duration=10,
        annotations=[*(note(time, name, who) for name, time, who in ends), note(15, "x", "taster")],
        binaryAnnotations=[address, tag],
    )
    assert (client.service, client.start, client.duration) == ("web", 10_000, 10_000)
    assert client.tags == {"span.kind": "client", "peer.service": "taster", "net.peer.port": 80}
    assert (server.service, server.start, server.duration) == ("taster", 12_000, 6_000)
    assert server.tags == {"span.kind": "server", "zipkin.shared": "true", "beer": "ipa"}
    assert [event.name for event in server.events] == ["x"]
    assert client.span_id == server.span_id


def test_a_server_that_shares_a_span_has_its_times_in_annotations_only() -> None:
    [server] = v1(timestamp=None, annotations=[note(12, "sr", "taster"), note(18, "ss", "taster")])
    assert (server.start, server.duration) == (12_000, 6_000)
    assert server.tags == {"span.kind": "server", "zipkin.shared": "true"}
    [late] = v1(timestamp=None, annotations=[note(18, "ss", "taster")])
    assert (late.start, late.duration, late.tags["span.kind"]) == (18_000, 0, "server")
    [early] = v1(timestamp=None, annotations=[note(18, "cr", "web"), note(19, "cs", "web")])
    assert (early.start, early.duration) == (19_000, 0)


def test_an_address_alone_tells_the_kind() -> None:
    address = {"key": "sa", "value": True, "endpoint": {"serviceName": "db"}}
    [span] = v1(binaryAnnotations=[address, {"key": "a", "value": "b"}])
    assert span.tags == {"span.kind": "client", "peer.service": "db", "a": "b"}
    [plain] = v1(binaryAnnotations=[{"key": "sa", "value": "mine"}])
    assert plain.tags == {"sa": "mine"}


def test_values_of_thrift_have_their_types() -> None:
    values = [(0, b"\0"), (1, b"\xff"), (2, b"\0\7"), (3, b"\0\0\0\7"), (4, bytes(7) + b"\7")]
    values += [(5, b"\x3f\xe0" + bytes(6)), (6, "größe".encode()), (2, b"odd"), (99, b"new")]
    tags = [
        record(f1=text(f"k{i}"), f2=Value("bytes", raw), f3=Value("i32", kind))
        for i, (kind, raw) in enumerate(values)
    ]
    span = record(f1=i64(1), f4=i64(2), f10=i64(5), f8=records(tags))
    [read] = zipkin_v1_thrift.read_thrift(Binary()(records([span]))).chunks[0].spans
    assert list(read.tags.values()) == ["false", "/w==", 7, 7, 7, 0.5, "größe", "odd", "new"]


def test_a_list_in_a_list_is_read_as_old_transports_write_it() -> None:
    body = Binary()(records([record(f1=i64(1), f4=i64(2), f10=i64(5))] * 2))
    assert zipkin_v1_thrift.read_thrift(b"\x0c\0\0\0\1" + body).spans == 2


def test_both_ends_at_once_in_one_service_are_no_call() -> None:
    """py_zipkin writes so, up to 0.20, a span that is no call."""
    times = {"cs": 10, "sr": 10, "ss": 15, "cr": 15}
    [span] = v1(annotations=[note(time, name, "web") for name, time in times.items()])
    assert (span.service, span.tags) == ("web", {})
    [untimed] = v1(
        timestamp=None, annotations=[note(time, name, "web") for name, time in times.items()]
    )
    assert (untimed.start, untimed.duration, untimed.tags) == (10_000, 5_000, {})
    for other in ({"sr": 11}, {"ss": 14}):
        notes = [note(time, name, "web") for name, time in (times | other).items()]
        assert [span.tags["span.kind"] for span in v1(annotations=notes)] == ["client", "server"]
    notes = [note(10, "cs", "web"), note(10, "sr", "taster")]
    assert len(v1(annotations=[*notes, note(15, "ss", "taster"), note(15, "cr", "web")])) == 2


@pytest.mark.parametrize("reverse", [False, True])
def test_a_span_that_says_nothing_of_its_service_is_of_its_parents(*, reverse: bool) -> None:
    spans = [
        GOOD | {"id": "1", "annotations": [note(1, "cs", "web")]},
        GOOD | {"id": "1", "annotations": [note(2, "sr", "taster")]},
        GOOD | {"id": "2", "parentId": "1"},
        GOOD | {"id": "3", "parentId": "2"},
        GOOD | {"id": "4", "parentId": "3", "annotations": [note(1, "cs", "taster")]},
        GOOD | {"id": "5", "parentId": "4"},
        GOOD | {"id": "6", "parentId": "99"},
        GOOD | {"id": "7", "parentId": "8"},
        GOOD | {"id": "8", "parentId": "7"},
        GOOD | {"traceId": "f", "id": "9", "parentId": "1"},
    ]
    body = json.dumps(spans[::-1] if reverse else spans).encode()
    chunks = zipkin_v1_json.read_json(body).chunks
    services = {span.span_id: span.service for chunk in chunks for span in chunk.spans}
    assert [services[number] for number in range(2, 10)] == ["taster"] * 4 + ["unnamed-service"] * 4
