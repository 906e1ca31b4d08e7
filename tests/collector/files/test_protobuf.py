"""OTLP in protobuf, as a file: fields of any length, in pieces of any size."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from msgspec.structs import replace

from collector.files.file_import import FileImport
from collector.files.readers import protobuf
from collector.model import Chunk, Span
from collector.receivers.body import BodyError
from collector.receivers.otlp_protobuf import read_protobuf
from tests.collector.random_otlp import GROUPS, request_message


def field(number: int, payload: bytes) -> bytes:
    """Return a field with a length."""
    length, size = bytearray(), len(payload)
    while size > 0x7F:
        length.append(size & 0x7F | 0x80)
        size >>= 7
    length.append(size)
    return bytes([number << 3 | 2]) + bytes(length) + payload


def fixed64(number: int, value: int) -> bytes:
    return bytes([number << 3 | 1]) + value.to_bytes(8, "little")


def resource_spans(*names: str) -> bytes:
    """Return a field of `TracesData`: the spans of one resource, with these names."""
    service = field(1, b"service.name") + field(2, field(1, b"web"))
    spans = [
        field(
            2,
            field(1, b"\x01" * 16)
            + field(2, number.to_bytes(8, "big"))
            + field(5, name.encode())
            + fixed64(7, 1_000)
            + fixed64(8, 3_000),
        )
        for number, name in enumerate(names, 1)
    ]
    return field(1, field(1, field(1, service)) + field(2, b"".join(spans)))


def imported(file: bytes, piece: int) -> dict[str, list[Span]]:
    """Return the spans of each trace."""
    found: dict[str, list[Span]] = {}

    def add(chunks: list[Chunk]) -> None:
        for trace_id, spans in chunks:
            found.setdefault(trace_id, []).extend(replace(span, arrived=0) for span in spans)

    reading = FileImport(add, lambda trace_id: set())
    for begin in range(0, len(file), piece):
        reading.feed(file[begin : begin + piece])
    reading.finish()
    return found


@pytest.mark.parametrize("piece", [1, 7, 100, 10_000])
def test_a_file_in_pieces(piece: int) -> None:
    file = resource_spans("one") + resource_spans("two", "x" * 300)
    ((trace_id, spans),) = imported(file, piece).items()
    assert trace_id == "01" * 16
    assert [span.name for span in spans] == ["one", "two", "x" * 300]


@pytest.mark.parametrize("size", [91, 123])
@pytest.mark.parametrize("piece", [1, 1_000])
def test_a_length_that_looks_like_json(size: int, piece: int) -> None:
    name = "x" * (size - len(resource_spans("")) + 2)
    file = resource_spans(name)
    assert file[:2] in (b"\n[", b"\n{")
    ((_, (span,)),) = imported(file, piece).items()
    assert span.name == name


@given(GROUPS.filter(bool), st.integers(1, 300))
def test_a_file_says_what_a_request_says(groups: list[tuple[Any, ...]], piece: int) -> None:
    """`test_otlp.py` proves that a request is read back equal; the bytes of both are alike."""
    file = request_message(groups).SerializeToString()
    said: dict[str, list[Span]] = {}
    for trace_id, spans in read_protobuf(file).chunks:
        said.setdefault(trace_id, []).extend(spans)
    assume(said)
    assert imported(file, piece) == said


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        (resource_spans("one")[:-1], "ends too early"),
        (resource_spans("one") + b"\x12\x00", "no OpenTelemetry TracesData"),
        (b"\n\xff\xff\xff\xff\x7f", "more than 64 MB"),
        (b"\n\xff\xff\xff\xff\xff\xff", "more than 64 MB"),
        (b"\n\x00", "no spans"),
    ],
)
def test_what_is_wrong_is_said(file: bytes, reason: str) -> None:
    with pytest.raises(BodyError, match=reason):
        imported(file, 3)


def test_a_resource_larger_than_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protobuf, "MAX_MESSAGE_BYTES", 50)
    with pytest.raises(BodyError, match="a resource's spans take more"):
        imported(resource_spans("one"), 1_000)
