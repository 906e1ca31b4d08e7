"""Jaeger's and X-Ray's bodies and datagrams as nobody should send them: no surprise, and no more
work than they are long."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector import limits
from collector.http.intake.datagrams import READERS
from collector.receivers import jaeger, xray_documents
from collector.receivers.body import BodyError
from collector.receivers.payload import Payload
from tests.collector.receivers.reading import must_be_read_or_refused
from tests.collector.receivers.test_jaeger import batch, reference, span
from tests.collector.receivers.test_xray import HEADER, SEGMENT, part
from tests.collector.thrift_writers import Binary, Compact, Value, i64, record, records, text
from tests.fuzz.hostile import JSON_VALUES
from tests.fuzz.mutate import with_another_value, with_other_bytes
from tests.lines_run import lines_run

LOGS = [(5, "error", {"message": "m"})]
BATCH = batch(
    span(reference(1, 3, 4), tags={"a": 1, "b": True, "c": 0.5, "d": b"\xff"}, logs=LOGS),
    span(id=7, parent_id=2, tags={"error": True, "span.kind": "server"}),
    process={"hostname": "box"},
)
CALL = record(f1=BATCH)
WHOLE_SEGMENT = SEGMENT | {
    "fault": True,
    "cause": {"exceptions": [{"type": "E", "stack": [{"path": "p", "line": 1, "label": "f"}]}]},
    "http": {"request": {"method": "GET"}, "response": {"status": 500}},
    "metadata": {"default": {"a": [1]}},
    "links": [{"trace_id": SEGMENT["trace_id"], "id": "1"}],
    "subsegments": [part(1, sql={"sanitized_query": "SELECT"}, namespace="remote")],
}
READ: dict[str, Callable[[bytes], Payload]] = {
    "jaeger-http": jaeger.read_http,
    "xray-http": xray_documents.read_request,
}
READ |= {name: lambda data, make=make: make().read(data) for name, make in READERS.items()}  # type: ignore[misc]
SAMPLES = {
    "jaeger-http": Binary()(BATCH),
    "jaeger-compact": Compact().message("emitBatch", CALL),
    "jaeger-binary": Binary().message("emitBatch", CALL),
    "xray-http": json.dumps({"TraceSegmentDocuments": [json.dumps(WHOLE_SEGMENT)] * 2}).encode(),
    "xray-daemon": HEADER + json.dumps(WHOLE_SEGMENT).encode(),
}


@pytest.mark.parametrize("name", SAMPLES)
def test_what_is_right_is_read(name: str) -> None:
    payload = READ[name](SAMPLES[name])
    assert payload.spans >= 2
    assert not payload.reasons


@pytest.mark.parametrize("name", SAMPLES)
@given(data=st.data())
def test_changed_bytes_are_read_or_refused(name: str, data: st.DataObject) -> None:
    must_be_read_or_refused(READ[name], data.draw(with_other_bytes(SAMPLES[name])))


@given(st.data())
def test_changed_documents_are_read_or_refused(data: st.DataObject) -> None:
    document = json.dumps(data.draw(with_another_value(WHOLE_SEGMENT, JSON_VALUES)))
    must_be_read_or_refused(READ["xray-daemon"], HEADER + document.encode("utf-8", "replace"))
    body = data.draw(with_another_value({"TraceSegmentDocuments": [document]}, JSON_VALUES))
    must_be_read_or_refused(READ["xray-http"], json.dumps(body).encode("utf-8", "replace"))


def _batches(**more: Any) -> Callable[[int], Value]:
    return lambda n: batch(*[span(id=number + 1) for number in range(n)], **more)


def _requests(documents: Callable[[int], list[dict[str, Any]]]) -> Callable[[int], bytes]:
    return lambda n: json.dumps(
        {"TraceSegmentDocuments": [json.dumps(each) for each in documents(n)]}
    ).encode()


def _chain(n: int) -> list[dict[str, Any]]:
    """Return parts of parts, the innermost first, and their segment."""
    parts = [
        part(number, type="subsegment", trace_id=SEGMENT["trace_id"], parent_id=f"{number + 1:x}")
        for number in range(0x10, 0x10 + n)
    ]
    return [*parts, SEGMENT | {"id": f"{0x10 + n:x}"}]


THRIFT_SHAPES: dict[str, Callable[[int], Value]] = {
    "spans": _batches(),
    "spans with a process": _batches(process={f"k{number}": "v" for number in range(30)}),
    "tags": lambda n: batch(span(tags={f"k{number}": number for number in range(n)})),
    "one tag many times": lambda n: batch(Value("struct", span().value | {10: records(_tags(n))})),
    "logs": lambda n: batch(span(logs=[(number, "e", {"a": 1}) for number in range(n)])),
    "references": lambda n: batch(span(*[reference(0, 9, 9)] * n)),
    "traces": lambda n: batch(*[span(trace_id=number + 1) for number in range(n)]),
    "wrong spans": lambda n: batch(*[span(id=0)] * n),
}


def _tags(n: int) -> list[Value]:
    return [record(f1=text("k"), f2=Value("i32", 3), f6=i64(number)) for number in range(n)]


JSON_SHAPES: dict[str, Callable[[int], bytes]] = {
    "segments": _requests(lambda n: [SEGMENT | {"id": f"{i + 1:x}"} for i in range(n)]),
    "parts": _requests(lambda n: [SEGMENT | {"subsegments": [part(i + 1) for i in range(n)]}]),
    "parts that come first": _requests(_chain),
    "parts of one": _requests(
        lambda n: [
            *[each | {"parent_id": "a"} for each in _chain(n)[:-1]],
            SEGMENT,
        ]
    ),
    "parts of none": _requests(lambda n: _chain(n)[:-1]),
    "wrong parts": _requests(lambda n: [SEGMENT | {"subsegments": [{}] * n}]),
    "annotations": _requests(lambda n: [SEGMENT | {"annotations": {f"k{i}": i for i in range(n)}}]),
    "exceptions": _requests(lambda n: [SEGMENT | {"cause": {"exceptions": [{"type": "E"}] * n}}]),
}
FEW, MANY = 60, 240
MAX_RATIO = 5
"""For four times as much."""


@pytest.mark.parametrize("shape", THRIFT_SHAPES)
@pytest.mark.parametrize("protocol", ["compact", "binary", "http"])
def test_the_work_on_a_batch_grows_with_its_size(shape: str, protocol: str) -> None:
    def work(n: int) -> int:
        value = THRIFT_SHAPES[shape](n)
        if protocol == "http":
            body = Binary()(value)
            return lines_run(lambda: jaeger.read_http(body))
        writer = Compact() if protocol == "compact" else Binary()
        datagram = writer.message("emitBatch", record(f1=value))
        return lines_run(lambda: READ[f"jaeger-{protocol}"](datagram))

    assert work(MANY) < MAX_RATIO * work(FEW)


@pytest.mark.parametrize("shape", JSON_SHAPES)
def test_the_work_on_documents_grows_with_their_size(shape: str) -> None:
    few, many = (JSON_SHAPES[shape](n) for n in (FEW, MANY))
    work = [lines_run(lambda body=body: READ["xray-http"](body)) for body in (few, many)]  # type: ignore[misc]
    assert work[1] < MAX_RATIO * work[0]


def test_a_large_process_of_many_spans_is_refused() -> None:
    process = {f"k{number}": "x" * 20_000 for number in range(3)}
    spans = [span(id=number + 1) for number in range(1_500)]
    assert jaeger.read_http(Binary()(batch(*spans[:500], process=process))).spans == 500
    with pytest.raises(BodyError, match="tags of processes have more than 67,108,864") as refused:
        jaeger.read_http(Binary()(batch(*spans, process=process)))
    assert refused.value.status == 413


def test_more_spans_than_anybody_sends_are_refused() -> None:
    empty = Value("struct", {})
    numbers = Binary()(batch(*[empty] * (limits.ITEMS + 1)))
    with pytest.raises(BodyError, match="more than 200,000 spans"):
        jaeger.read_http(numbers)
    documents = json.dumps({"TraceSegmentDocuments": ["1"] * (limits.ITEMS + 1)})
    with pytest.raises(BodyError, match="more than 200,000 spans"):
        xray_documents.read_request(documents.encode())
