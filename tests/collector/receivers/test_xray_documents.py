"""X-Ray's documents in pieces: parts that come before the segment that says whose they are."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.receivers import xray_documents
from collector.receivers.payload import Payload
from collector.receivers.xray_documents import DatagramReader

TRACE = "1-5759e988-bd862e3fe1be46a994272793"
TIMES = {"trace_id": TRACE, "start_time": 1.5, "end_time": 1.75}
HEADER = b'{"format": "json", "version": 1}\n'
SEGMENT = {"name": "web", "id": "1", **TIMES}


def part(number: int, above: int, **fields: object) -> dict[str, Any]:
    where = {"type": "subsegment", "id": f"{number:x}", "parent_id": f"{above:x}"}
    return {"name": f"part {number}", **where, **TIMES, **fields}


def datagram(document: dict[str, Any]) -> bytes:
    return HEADER + json.dumps(document).encode()


def spans(payload: Payload) -> dict[int, tuple[int, str]]:
    """Return the parent and the service of each span."""
    assert not payload.reasons
    return {s.span_id: (s.parent_id, s.service) for chunk in payload.chunks for s in chunk.spans}


@st.composite
def pieces(draw: st.DrawFn) -> tuple[list[dict[str, Any]], dict[int, tuple[int, str]]]:
    """Return a segment and its parts, in documents of any order, and what they mean."""
    parents = [0, *(draw(st.integers(1, n)) for n in range(1, draw(st.integers(1, 12))))]
    all_parts: dict[int, dict[str, Any]] = {1: SEGMENT | {"subsegments": []}}
    documents = [all_parts[1]]
    for number, above in enumerate(parents[1:], 2):
        all_parts[number] = part(number, above, subsegments=[])
        alone = draw(st.booleans())
        (documents if alone else all_parts[above]["subsegments"]).append(all_parts[number])
    meant = {number: (above, "web") for number, above in enumerate(parents, 1)}
    return draw(st.permutations(documents)), meant


@given(pieces())
def test_the_order_of_documents_does_not_matter(
    given_: tuple[list[dict[str, Any]], dict[int, tuple[int, str]]],
) -> None:
    documents, meant = given_
    reader, whole = DatagramReader(), Payload()
    for document in documents:
        whole.add(reader.read(datagram(document)))
    assert not reader.read_late(at_end=True).spans
    assert spans(whole) == meant
    body = json.dumps({"TraceSegmentDocuments": [json.dumps(each) for each in documents]})
    assert spans(xray_documents.read_request(body.encode())) == meant


def test_a_part_whose_segment_does_not_come_is_kept_in_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reader = DatagramReader()
    assert not reader.read(datagram(part(3, 2))).spans
    assert not reader.read(datagram(part(2, 1))).spans
    assert not reader.read_late().spans
    monkeypatch.setattr(xray_documents, "MAX_WAIT_S", 0)
    assert spans(reader.read_late()) == {2: (1, "unnamed-service"), 3: (2, "unnamed-service")}
    assert not reader.read_late(at_end=True).spans


def test_a_segment_of_another_trace_is_not_waited_for() -> None:
    reader = DatagramReader()
    reader.read(datagram(part(2, 1)))
    other = SEGMENT | {"trace_id": TRACE[:-1] + "4"}
    assert spans(reader.read(datagram(other))) == {1: (0, "web")}
    assert spans(reader.read(datagram(SEGMENT))) == {1: (0, "web"), 2: (1, "web")}


def test_a_segment_in_progress_says_whose_its_parts_are() -> None:
    reader = DatagramReader()
    running = SEGMENT | {"in_progress": True, "end_time": None}
    assert reader.read(datagram(running)).unfinished == 1
    assert spans(reader.read(datagram(part(2, 1)))) == {2: (1, "web")}


def test_what_waits_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    one = len(datagram(part(9, 99))) - len(HEADER) + xray_documents.PART_BYTES
    monkeypatch.setattr(xray_documents, "MAX_WAITING_BYTES", 3 * one)
    reader = DatagramReader()
    read = [spans(reader.read(datagram(part(number, 90 + number)))) for number in range(1, 6)]
    assert read == [{}, {}, {}, {1: (91, "unnamed-service")}, {2: (92, "unnamed-service")}]
    assert set(spans(reader.read_late(at_end=True))) == {3, 4, 5}


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xray_documents, "MAX_KNOWN_SPANS", 10)
    reader = DatagramReader()
    for number in range(1, 30):
        reader.read(datagram(SEGMENT | {"id": f"{number:x}"}))
    numbers = random.Random(1).sample(range(1, 30), 29)
    known = {n for n in numbers if reader.read(datagram(part(n + 100, n))).spans}
    assert known <= set(range(20, 30))
    assert len(reader._documents._services) <= 10


@pytest.mark.parametrize(
    "fields", [{"parent_id": None}, {"parent_id": "x"}, {"trace_id": "x"}, {"parent_id": 5}]
)
def test_a_part_of_nothing_does_not_wait(fields: dict[str, Any]) -> None:
    payload = DatagramReader().read(datagram(part(2, 1) | fields))
    assert payload.spans == 1
