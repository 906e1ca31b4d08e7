"""X-Ray's segment documents, in datagrams and in calls of `PutTraceSegments`."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector import limits
from collector.impossible_time import has_impossible_time
from collector.model import Event, Link, Span
from collector.receivers import xray, xray_documents
from collector.receivers.body import BodyError
from collector.receivers.payload import Payload

TRACE = "1-5759e988-bd862e3fe1be46a994272793"
HEADER = b'{"format": "json", "version": 1}\n'
SEGMENT = {"name": "web", "id": "0a", "trace_id": TRACE, "start_time": 1.5, "end_time": 1.75}


def read_datagram(data: bytes) -> Payload:
    """Return what is in a datagram, which waits for no other."""
    reader = xray_documents.DatagramReader()
    payload = reader.read(data)
    payload.add(reader.read_late(at_end=True))
    return payload


def datagram(**fields: object) -> Payload:
    return read_datagram(HEADER + json.dumps(SEGMENT | fields).encode())


def only(payload: Payload) -> Span:
    assert not payload.reasons
    [chunk] = payload.chunks
    [span] = chunk.spans
    return span


def part(number: int, **fields: object) -> dict[str, Any]:
    return {
        "name": f"part {number}",
        "id": f"{number:x}",
        "start_time": 1.6,
        "end_time": 1.7,
    } | fields


TREES = st.recursive(
    st.just([]), lambda inner: st.lists(inner, min_size=1, max_size=3), max_leaves=12
)
"""Subsegments by what is in them."""


@given(TREES, st.floats(0, 4e9), st.floats(0, 1e6), st.integers(1, 2**128 - 1))
def test_a_document_becomes_a_tree(shape: Any, start: float, length: float, trace: int) -> None:
    parents = {}

    def segment(inner: Any, above: int) -> dict[str, Any]:
        number = len(parents) + 1
        parents[number] = above
        return part(number, subsegments=[segment(each, number) for each in inner])

    digits = f"{trace:032x}"
    times = {"start_time": start, "end_time": start + length}
    root = segment(shape, 0) | {"name": "web", "trace_id": f"1-{digits[:8]}-{digits[8:]}"} | times
    [chunk] = read_datagram(HEADER + json.dumps(root).encode()).chunks
    assert chunk.trace_id == digits
    assert {span.span_id: span.parent_id for span in chunk.spans} == parents
    assert {span.service for span in chunk.spans} == {"web"}
    [first] = [span for span in chunk.spans if span.span_id == 1]
    assert abs(first.start - Fraction(start) * 10**9) < 1_000
    assert abs(first.end - Fraction(start + length) * 10**9) < 1_000


def test_a_request_is_of_kind_server_and_has_opentelemetrys_names() -> None:
    request = {"method": "GET", "url": "http://localhost/pair?name=ipa", "user_agent": "curl"}
    span = only(
        datagram(
            http={"request": request, "response": {"status": 200, "content_length": 7}},
            annotations={"beer": "ipa", "hot": False},
            metadata={"default": {"tasted": {"a": [1]}}, "other": "odd"},
            aws={"xray": {"sdk": "X-Ray for Python"}},
            service={"version": "step-10", "runtime": "CPython"},
            user="ann",
            origin="AWS::EC2::Instance",
        )
    )
    assert (span.type, span.resource, span.error) == ("http", "GET /pair", 0)
    assert (span.start, span.duration) == (1_500_000_000, 250_000_000)
    assert span.tags == {
        "span.kind": "server",
        "http.request.method": "GET",
        "url.full": "http://localhost/pair?name=ipa",
        "user_agent.original": "curl",
        "http.response.status_code": 200,
        "http.response.body.size": 7,
        "aws.xray": '{"sdk":"X-Ray for Python"}',
        "service.version": "step-10",
        "version": "step-10",
        "service.runtime": "CPython",
        "metadata.default.tasted": '{"a":[1]}',
        "enduser.id": "ann",
        "aws.xray.origin": "AWS::EC2::Instance",
        "beer": "ipa",
        "hot": "false",
    }


def test_parts_are_calls_of_other_services_or_work_of_this_one() -> None:
    sql = {"sanitized_query": "SELECT 1", "database_type": "PostgreSQL", "url": "db"}
    parts = [part(1, namespace="remote", sql=sql), part(2, namespace="aws"), part(3)]
    [chunk] = datagram(subsegments=parts).chunks
    by_id = {span.span_id: span for span in chunk.spans}
    kinds = [by_id[number].tags.get("span.kind") for number in (10, 1, 2, 3)]
    assert kinds == [None, "client", "client", "internal"]
    query = by_id[1]
    assert (query.type, query.resource, query.tags["db.url"]) == ("sql", "SELECT 1", "db")


@pytest.mark.parametrize("flag", ["fault", "error", "throttle"])
def test_each_flag_is_an_error(flag: str) -> None:
    span = only(datagram(**{flag: True}))
    assert (span.error, span.tags[f"aws.xray.{flag}"]) == (1, "true")
    assert only(datagram(**{flag: False})).error == 0


def test_the_exceptions_of_a_cause_are_events() -> None:
    stack = [{"path": "web.py", "line": 7, "label": "pair"}, "odd"]
    thrown = {"id": "1", "type": "ValueError", "message": "no such beer", "stack": stack}
    span = only(datagram(fault=True, cause={"exceptions": [thrown, {}]}))
    said = {
        "exception.type": "ValueError",
        "exception.message": "no such beer",
        "exception.stacktrace": "web.py:7 pair",
    }
    end = 1_750_000_000
    assert span.events == (Event(end, "exception", said), Event(end, "exception"))
    assert only(datagram(cause="5")).tags["aws.xray.cause"] == "5"
    inner = part(1, fault=True, cause={"exceptions": [thrown]})
    [chunk] = datagram(fault=True, cause="1", subsegments=[inner]).chunks
    assert {each.tags["error.message"] for each in chunk.spans} == {"no such beer"}
    one = only(datagram(fault=True, cause={"exceptions": [thrown]}))
    assert (one.tags["error.type"], one.tags["error.message"]) == ("ValueError", "no such beer")


def test_a_part_that_comes_alone_does_not_say_its_service() -> None:
    span = only(datagram(type="subsegment", parent_id="b", namespace="remote"))
    assert (span.service, span.parent_id, span.tags["span.kind"]) == (
        "unnamed-service",
        11,
        "client",
    )


def test_what_is_in_progress_comes_again_and_is_not_kept() -> None:
    done = part(1)
    payload = datagram(
        in_progress=True, end_time=None, subsegments=[done, part(2, in_progress=True)]
    )
    assert (payload.unfinished, payload.rejected.total()) == (2, 0)
    [chunk] = payload.chunks
    assert [(span.span_id, span.parent_id, span.service) for span in chunk.spans] == [
        (1, 10, "web")
    ]


def test_links_are_kept() -> None:
    links = [{"trace_id": TRACE, "id": "5", "attributes": {"a": 1}}, {"trace_id": "x", "id": "5"}]
    assert only(datagram(links=links)).links == (Link(TRACE.replace("-", "")[1:], 5, {"a": 1}),)


@pytest.mark.parametrize(
    ("fields", "kind", "problem"),
    [
        ({"trace_id": None}, "no_trace_id", "it has no trace_id"),
        ({"trace_id": "5759e988"}, "malformed", "'5759e988' is no trace id"),
        ({"id": None}, "no_id", "it has no id"),
        ({"id": "0"}, "zero_id", "id is 0"),
        ({"start_time": None}, "no_start_time", "it has no start_time"),
        ({"start_time": "nan"}, "malformed", "start_time is not a number"),
        ({"start_time": "soon"}, "malformed", "Expected `float | null`"),
        ({"subsegments": 5}, "malformed", "Expected `array | null`"),
        ({"name": "x" * 1_048_577}, "too_large", "may have 1,048,576"),
    ],
)
def test_a_wrong_document_is_named_and_the_right_ones_are_kept(
    fields: dict[str, Any], kind: str, problem: str
) -> None:
    documents = [json.dumps(each) for each in (SEGMENT, SEGMENT | fields, SEGMENT | {"id": "3"})]
    payload = xray_documents.read_request(json.dumps({"TraceSegmentDocuments": documents}).encode())
    assert payload.rejected == {kind: 1}
    [reason] = payload.reasons
    assert reason.startswith("document 1: ")
    assert problem in reason
    assert [span.span_id for span in payload.chunks[0].spans] == [10, 3]


@pytest.mark.parametrize(
    ("start", "end"),
    [(1e300, 1e300), (-1e300, 5), (1.5, -1e300), ("-inf", "inf"), (0, 2**62 / 1e9)],
)
def test_an_impossible_time_is_kept_as_far_as_there_is_room(start: object, end: object) -> None:
    cause = {"exceptions": [{"message": "no"}]}
    span = only(datagram(start_time=start, end_time=end, cause=cause))
    assert -limits.NANOSECONDS <= span.start < limits.NANOSECONDS
    assert -limits.NANOSECONDS <= span.duration < limits.NANOSECONDS
    assert 0 <= span.events[0].time < limits.NANOSECONDS
    assert has_impossible_time(span, arrived=1_600_000_000 * 10**9)


def test_a_wrong_part_costs_no_other() -> None:
    payload = datagram(
        subsegments=[part(1), {"id": "x"}, 5, part(2, subsegments=[part(3, id=None)])]
    )
    assert payload.rejected == {"malformed": 2, "no_id": 1}
    assert {span.span_id for span in payload.chunks[0].spans} == {10, 1, 2}


def test_parts_in_one_another_are_bounded() -> None:
    inner = part(999)
    for number in range(150):
        inner = part(number + 1, subsegments=[inner])
    payload = datagram(subsegments=[inner])
    assert payload.spans == xray.MAX_DEPTH + 1
    assert payload.reasons == ["the document: it is nested more than 100 levels deep"]


@pytest.mark.parametrize(
    "data",
    [b"", b"hello", b"{}\n{}", b'{"format": "xml"}\n{}', b"[]\n{}", b"\xff\n{}", b"[" * 60_000],
)
def test_a_datagram_without_the_first_line_is_refused(data: bytes) -> None:
    with pytest.raises(BodyError, match="the first line is not"):
        read_datagram(data)


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[]", b'{"TraceSegmentDocuments": [{}]}', b'{"TraceSegmentDocuments": 5}']
)
def test_a_body_that_is_no_call_is_refused(body: bytes) -> None:
    with pytest.raises(BodyError, match="cannot be read"):
        xray_documents.read_request(body)
