"""Chunks are compressed on the disk; those of files from before are still read."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.store.group_commit import AddResult
from collector.store.packed_spans import pack, unpack
from collector.store.prepared import decode_spans, prepare
from tests.collector.chunks import chunk, span_ids, trace_ids
from tests.collector.stores import collecting


@given(st.lists(st.text() | st.binary() | st.integers(0, 2**64 - 1), max_size=40))
def test_unpacking_undoes_packing(values: list[object]) -> None:
    blob = msgspec.msgpack.encode(values)
    assert unpack(pack(blob)) == blob
    assert len(pack(blob)) <= len(blob)


def test_a_trace_gets_smaller() -> None:
    prepared = prepare(chunk(1, *range(1, 33), filler="beer and donuts"))
    assert len(prepared.packed) < len(prepared.blob) / 3
    assert decode_spans(unpack(prepared.packed)) == decode_spans(prepared.blob)


@pytest.mark.parametrize("damaged", [b"\x01", b"\x01\xff\xff", b"\x01garbage"])
def test_damage_is_named(damaged: bytes) -> None:
    with pytest.raises(msgspec.DecodeError, match="cannot be decompressed"):
        unpack(damaged)


def test_a_folder_of_the_version_before_is_read_and_written(tmp_path: Path) -> None:
    with collecting(tmp_path, max_spans=800) as store:
        for trace in range(1, 121):
            store.add([chunk(trace, 1, 2)])
    paths = sorted(tmp_path.glob("[0-9]*.db"))
    assert len(paths) == 3
    for path in paths:
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.create_function("unpack", 1, unpack)
            connection.execute("UPDATE chunk SET spans = unpack(spans)")
            connection.execute("PRAGMA user_version = 1")
    with collecting(tmp_path, max_spans=800) as store:
        assert trace_ids(store) == {*range(1, 121)}
        assert trace_ids(store, "service:web") == {*range(1, 121)}
        assert store.add([chunk(1, 1, 2), chunk(120, 2, 3)]) == AddResult(4, 3)
        assert span_ids(store, 120) == [1, 2, 3]
    with collecting(tmp_path, max_spans=800) as store:
        assert span_ids(store, 120) == [1, 2, 3]
        assert span_ids(store, 1) == [1, 2]
