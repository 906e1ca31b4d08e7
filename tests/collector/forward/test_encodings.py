"""What is sent on and read again is the same, as far as the format can say it."""

from __future__ import annotations

import socket
from functools import partial

import msgspec
import pytest
from hypothesis import example, given

from collector.analysis.tree import build_tree
from collector.analysis.weight import trace_weight
from collector.files.writers import datadog, otlp, xray, zipkin
from collector.forward.target import Target
from collector.forward.udp_sender import HEADER, UdpSender
from collector.model import Chunk, Event, Link, Span
from collector.receivers.datadog import read_v04
from collector.receivers.otlp_json import read_json as read_otlp
from collector.receivers.xray_documents import DatagramReader
from collector.receivers.zipkin_v2 import read_json as read_zipkin
from tests.collector.files.test_round_trip import TRACES, expected, in_microseconds

PRIORITY = "_sampling_priority_v1"
NOW = 1_795_174_407_000_000_000


def grouped(chunks: list[Chunk]) -> dict[str, list[Span]]:
    spans: dict[str, list[Span]] = {}
    for chunk in chunks:
        spans.setdefault(chunk.trace_id, []).extend(chunk.spans)
    return {key: sorted(each, key=lambda span: span.span_id) for key, each in spans.items()}


def through_datadog(traces: list[Chunk]) -> dict[str, list[Span]]:
    payload = read_v04(b"".join(datadog.write(traces)))
    assert not payload.rejected
    for chunk in payload.chunks:
        assert chunk.spans[0].tags.pop(PRIORITY) == 1
    return grouped(payload.chunks)


def with_text_in_links(span: Span) -> Span:
    links = tuple(
        Link(link.trace_id, link.span_id, {key: str(each) for key, each in link.attributes.items()})
        for link in span.links
    )
    return msgspec.structs.replace(span, links=links)


@given(TRACES.filter(lambda traces: all(int(trace.trace_id, 16) % 2**64 for trace in traces)))
def test_datadogs_has_texts_in_links(traces: list[Chunk]) -> None:
    assert through_datadog(traces) == expected(traces, with_text_in_links)


@given(TRACES)
def test_otlp_says_it_all(traces: list[Chunk]) -> None:
    payload = read_otlp(b"".join(otlp.write(traces)))
    assert not payload.rejected
    assert grouped(payload.chunks) == expected(traces)


def as_zipkin_says_it(span: Span) -> Span:
    tags = {key: str(value) for key, value in span.tags.items()}
    events = tuple(Event(event.time, event.name, {}) for event in span.events)
    span = in_microseconds(msgspec.structs.replace(span, tags=tags, events=events))
    return msgspec.structs.replace(span, links=())


def span(**fields: object) -> Span:
    usual = Span(7, 0, "web", "flask.request", "GET /beers", "http", NOW + 1_234_000, 5_678_000)
    return msgspec.structs.replace(usual, **fields)


FULL = span(
    error=1,
    parent_id=9,
    tags={"span.kind": "server", "http.route": "/beers", "rows": 60, "share": 0.25},
    links=(Link("5b8efff798038103d269b633813fc60c", 3, {"why": "retry"}),),
)


def test_zipkins_has_texts_only_and_no_links() -> None:
    traces = [Chunk("5b8efff798038103d269b633813fc60c", [FULL, span(span_id=8)])]
    payload = read_zipkin(b"".join(zipkin.write(traces)))
    assert not payload.rejected
    assert grouped(payload.chunks) == expected(traces, as_zipkin_says_it)


@given(TRACES)
def test_of_any_trace_zipkins_says_all_but_links(traces: list[Chunk]) -> None:
    payload = read_zipkin(b"".join(zipkin.write(traces)))
    assert not payload.rejected
    there = [msgspec.structs.replace(each, events=()) for each in _spans(payload.chunks)]
    here = [msgspec.structs.replace(as_zipkin_says_it(each), events=()) for each in _spans(traces)]
    assert there == here


@given(TRACES)
@example([Chunk(f"{1:032x}", [span(start=2**61, duration=2**61)])])
@example([Chunk(f"{1:032x}", [span(tags={"db.system.name": "A"})])])
def test_of_any_trace_xrays_says_all_but_events_and_the_finest_times(traces: list[Chunk]) -> None:
    for each in _spans(traces):  # what ends in our times ends a little later in seconds
        each.start, each.duration = min(each.start, 2**61), min(each.duration, 2**61)
    reader = DatagramReader()
    read = [
        chunk
        for document in xray.documents(traces)
        for chunk in reader.read(HEADER + document).chunks
    ]
    found, sent = _spans(read), _spans(traces)
    assert [_said_by_xray(each) for each in found] == [_said_by_xray(each) for each in sent]
    for here, there in zip(sent, found, strict=True):
        # Seconds in 64 bits: the larger the number, the coarser.
        assert abs(there.start - here.start) <= max(1_000, here.start / 2**51)


def _spans(chunks: list[Chunk]) -> list[Span]:
    return [each for spans in sorted(grouped(chunks).items()) for each in spans[1]]


def _said_by_xray(span: Span) -> tuple[object, ...]:
    tags = {key: value for key, value in span.tags.items() if not key.startswith("aws.")}
    links = [(link.trace_id, link.span_id) for link in span.links]
    return span.span_id, span.parent_id, span.name, span.resource, span.error, tags, links


def test_xrays_has_microseconds_and_says_that_it_failed() -> None:
    traces = [Chunk("5b8efff798038103d269b633813fc60c", [FULL])]
    (document,) = xray.documents(traces)
    payload = DatagramReader().read(HEADER + document)
    assert not payload.rejected
    (chunk,) = payload.chunks
    tags = chunk.spans[0].tags
    assert tags.pop("aws.xray.fault") in (True, "true")
    assert grouped(payload.chunks) == expected(traces)


def test_xrays_keeps_the_name_of_a_span_and_its_service() -> None:
    (document,) = xray.documents([Chunk("0" * 31 + "1", [span(service="web")])])
    (chunk,) = DatagramReader().read(HEADER + document).chunks
    assert (chunk.spans[0].service, chunk.spans[0].name) == ("web", "flask.request")


@pytest.mark.parametrize(
    "tags",
    [
        {"_dd.rule_psr": 0.1, "_dd.limit_psr": 0.5},
        {"w3c.tracestate": "dd=s:1,ot=th:e6666666666666", "sampling.tail_rate": 0.5},
        {"sampler.type": "probabilistic", "sampler.param": 0.05},
    ],
)
def test_a_weight_survives_every_format(tags: dict[str, str | float]) -> None:
    sampled = Chunk("0" * 31 + "1", [span(tags=tags)])
    for write, read in (
        (datadog.write, read_v04),
        (otlp.write, read_otlp),
        (zipkin.write, read_zipkin),
        (xray.documents, partial(_after_header, HEADER)),
    ):
        (chunk,) = read(b"".join(write([sampled]))).chunks
        assert trace_weight(build_tree(chunk.spans)) == 20_000


def test_otlps_has_a_field_for_a_trace_state() -> None:
    sampled = span(tags={"w3c.tracestate": "ot=th:c", "rows": 60})
    (written,) = msgspec.json.decode(b"".join(otlp.write([Chunk("0" * 31 + "1", [sampled])])))[
        "resourceSpans"
    ][0]["scopeSpans"][0]["spans"]
    assert written["traceState"] == "ot=th:c"
    assert "w3c.tracestate" not in {attribute["key"] for attribute in written["attributes"]}


def _after_header(header: bytes, document: bytes):  # type: ignore[no-untyped-def]
    return DatagramReader().read(header + document)


def test_what_is_too_large_for_a_datagram_is_counted_and_the_rest_is_sent() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as daemon:
        daemon.bind(("127.0.0.1", 0))
        daemon.settimeout(10)
        target = Target("xray", "udp", "127.0.0.1", daemon.getsockname()[1])
        large, small = span(span_id=1, tags={"query": "x" * 70_000}), span(span_id=2)
        assert UdpSender(target).send([Chunk("0" * 31 + "1", [large, small])]) == 1
        (chunk,) = DatagramReader().read(daemon.recv(65_535)).chunks
        assert [each.span_id for each in chunk.spans] == [2]
