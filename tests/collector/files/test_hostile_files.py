"""Files that are broken or made to do harm: what is wrong is said, and nothing else happens."""

from __future__ import annotations

import tracemalloc
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.files import item_splitter
from collector.files.file_import import FileImport
from collector.files.formats import FORMATS
from collector.model import Chunk
from collector.receivers.body import BodyError
from tests.collector.chunks import chunk
from tests.collector.random_spans import CHUNKS

MB = 1024 * 1024


def opened(file: bytes, piece: int = 1_000) -> FileImport | None:
    """Import a file; None if it is refused."""
    stored: list[Chunk] = []
    reading = FileImport(stored.extend, lambda trace_id: set())
    try:
        for begin in range(0, len(file), piece):
            reading.feed(file[begin : begin + piece])
        reading.finish()
    except BodyError:
        return None
    assert sum(len(each.spans) for each in stored) == reading.spans
    assert all(each.spans for each in stored)
    return reading


FILES = st.builds(
    lambda name, trace: b"".join(FORMATS[name].write([trace])),
    st.sampled_from(sorted(FORMATS)),
    CHUNKS,
)


@given(FILES, st.integers(0, 10_000), st.binary(max_size=3), st.integers(1, 500))
def test_a_broken_file_is_refused_or_read_in_part(
    file: bytes, place: int, noise: bytes, piece: int
) -> None:
    at = place % (len(file) + 1)
    opened(file[:at] + noise + file[at + len(noise) :], piece)
    opened(file[:at] + noise, piece)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)
KEYS = (
    *(
        "resourceSpans",
        "scopeSpans",
        "spans",
        "data",
        "processes",
        "traceEvents",
        "traces",
        "ph",
        "ts",
    ),
    *(
        "dur",
        "args",
        "traceID",
        "spanID",
        "references",
        "logs",
        "tags",
        "trace_id",
        "id",
        "columns",
    ),
    *("start", "duration", "traceId", "timestamp", "events", "links", "strings", "t0", "parent"),
)


@given(
    st.recursive(
        VALUES,
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=6)
        ),
        max_leaves=12,
    )
)
def test_fields_may_be_anything(value: Any) -> None:
    opened(msgspec.json.encode(value))


@pytest.mark.parametrize(
    "file",
    [
        b"[" * MB,
        b" " * 30 * MB,
        b"[" + b" " * 8 * MB,
        b"[" + b"1," * (4 * MB),
        b'{"a":[' + b'{"data":[]},' * MB,
        b"[" + b"{}," * (3 * MB),
        b'{"traces":[' + b"[]," * (3 * MB),
        b'{"traces":[{"trace_id":"1","spans":[' + b"{}," * (3 * MB),
        b"1 " * (4 * MB),
        b'{"data":[{"traceID":"1","spans":['
        + b'{"spanID":"1","startTime":1},' * 300_000
        + b"{}]}]}",
        b'{"traceEvents":[' + b'{"ph":"X"},' * MB + b"{}]}",
    ],
    ids=lambda file: bytes(file[:20]).decode(),
)
def test_what_is_made_to_fill_the_memory_does_not(
    file: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(item_splitter, "MAX_ITEM_BYTES", 12 * MB)
    tracemalloc.start()
    try:
        opened(file, 4 * MB)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 15 * len(file)


def test_an_ordinary_file_is_read_in_full() -> None:
    traces = [chunk(number, 1, 2) for number in range(1, 4)]
    for form in FORMATS.values():
        reading = opened(b"".join(form.write(traces)))
        assert reading is not None
        assert (reading.spans, reading.traces) == (6, 3)


def test_what_an_editor_puts_before_the_text_does_not_matter() -> None:
    traces = [chunk(number, *range(1, 100)) for number in range(1, 200)]
    reading = opened(b"\xef\xbb\xbf \n" + b"".join(FORMATS["json"].write(traces)), MB)
    assert reading is not None
    assert reading.spans == 199 * 99
