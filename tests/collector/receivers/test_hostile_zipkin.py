"""Zipkin's bodies as nobody should send them: no surprise, and no more work than they are long."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector import limits
from collector.receivers import zipkin_v1_json, zipkin_v1_thrift, zipkin_v2
from collector.receivers.body import BodyError
from collector.receivers.payload import Payload
from tests.collector import random_zipkin
from tests.collector.receivers.reading import must_be_read_or_refused
from tests.fuzz.hostile import JSON_VALUES
from tests.fuzz.mutate import with_another_value, with_other_bytes
from tests.lines_run import lines_run

Spans = list[dict[str, Any]]
READ: dict[str, Callable[[bytes], Payload]] = {
    "v2 JSON": zipkin_v2.read_json,
    "v2 protobuf": zipkin_v2.read_protobuf,
    "v1 JSON": zipkin_v1_json.read_json,
    "v1 Thrift": zipkin_v1_thrift.read_thrift,
}
WRITE: dict[str, Callable[[Spans], bytes]] = {
    "v2 JSON": random_zipkin.v2_json,
    "v2 protobuf": random_zipkin.v2_protobuf,
    "v1 JSON": random_zipkin.v1_json,
    "v1 Thrift": random_zipkin.v1_thrift,
}
WEB = {"serviceName": "web", "ip": "10.0.0.1", "port": 80}
START = 1_700_000_000_000_000


def span(number: int = 1, **more: Any) -> dict[str, Any]:
    """Return a span in the words of `random_zipkin`."""
    return {"traceId": 2**64 + 7, "id": number, "timestamp": START, "duration": 5} | more


WHOLE = [
    span(kind="CLIENT", localEndpoint=WEB, remoteEndpoint={"serviceName": "db", "ip": "::1"}),
    span(kind="SERVER", shared=True, debug=True, annotations=[(START, "foam")]),
    span(2, parentId=1, name="n", localEndpoint=WEB, tags={"error": "", "a": "b"}),
]


@pytest.mark.parametrize("form", READ)
def test_what_is_right_is_read(form: str) -> None:
    payload = READ[form](WRITE[form](WHOLE))
    assert (payload.spans, payload.reasons) == (3, [])


@pytest.mark.parametrize("form", READ)
@given(data=st.data())
def test_changed_bytes_are_read_or_refused(form: str, data: st.DataObject) -> None:
    must_be_read_or_refused(READ[form], data.draw(with_other_bytes(WRITE[form](WHOLE))))


@pytest.mark.parametrize("form", ["v1 JSON", "v2 JSON"])
@given(data=st.data())
def test_changed_values_are_read_or_refused(form: str, data: st.DataObject) -> None:
    value = data.draw(with_another_value(json.loads(WRITE[form](WHOLE)), JSON_VALUES))
    must_be_read_or_refused(READ[form], json.dumps(value).encode("utf-8", "replace"))


SHAPES: dict[str, Callable[[int], Spans]] = {
    "spans": lambda n: [span(i, tags={"a": "b"}) for i in range(1, n)],
    "spans of no service": lambda n: [span(i, parentId=i + 1) for i in range(1, n)],
    "spans of no service, the root first": lambda n: [
        span(1, localEndpoint=WEB, tags={"a": "b"}),
        *(span(i, parentId=i - 1) for i in range(2, n)),
    ],
    "a circle of no service": lambda n: [span(i, parentId=i % (n - 1) + 1) for i in range(1, n)],
    "spans of no service below one": lambda n: [
        *(span(i, parentId=n) for i in range(1, n)),
        span(n, localEndpoint=WEB, tags={"a": "b"}),
    ],
    "one id": lambda n: [span(1) for _ in range(n)],
    "traces": lambda n: [span(1, traceId=i) for i in range(1, n)],
    "wrong spans": lambda n: [span(0)] * n,
    "tags": lambda n: [span(tags={f"k{i}": "v" for i in range(n)}, localEndpoint=WEB)],
    "annotations": lambda n: [span(annotations=[(i, "a") for i in range(n)], localEndpoint=WEB)],
    "annotations with attributes": lambda n: [
        span(annotations=[(1, json.dumps({"e": {f"k{i}": i for i in range(n)}}))])
    ],
}
FEW, MANY = 60, 240
MAX_RATIO = 5
"""For four times as much."""


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("form", READ)
def test_the_work_on_a_body_grows_with_its_size(form: str, shape: str) -> None:
    few, many = (WRITE[form](SHAPES[shape](n)) for n in (FEW, MANY))
    work = [lines_run(lambda body=body: READ[form](body)) for body in (few, many)]  # type: ignore[misc]
    assert work[1] < MAX_RATIO * work[0]


def test_more_spans_than_anybody_sends_are_refused() -> None:
    head = b"\x0c" + (limits.ITEMS + 1).to_bytes(4, "big")
    with pytest.raises(BodyError, match="more than 200,000 spans") as refused:
        zipkin_v1_thrift.read_thrift(head + b"\0" * (limits.ITEMS + 1))
    assert refused.value.status == 413
    with pytest.raises(BodyError, match="more than 200,000 spans"):
        zipkin_v2.read_json(b"[" + b"{}," * limits.ITEMS + b"{}]")
    with pytest.raises(BodyError, match="length <= 200000"):
        zipkin_v2.read_json(b"[" + b'{"a":0},' * limits.ITEMS + b"{}]")


def test_long_names_and_addresses_are_cut() -> None:
    there = {"serviceName": "x" * 200_000, "ipv4": "y" * 200_000}
    body = json.dumps([{"traceId": "1", "id": "2", "timestamp": 1, "remoteEndpoint": there}])
    [chunk] = zipkin_v2.read_json(body.encode()).chunks
    lengths = [len(str(chunk.spans[0].tags[key])) for key in ("peer.service", "net.peer.ip")]
    assert lengths == [limits.VALUE_CHARS] * 2
