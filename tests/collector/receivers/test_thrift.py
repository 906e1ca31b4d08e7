"""Thrift's two protocols are read as its specification writes them, and nothing else is."""

from __future__ import annotations

import math
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.receivers.body import BodyError
from collector.receivers.thrift import MAX_DEPTH, MAX_VALUES, ThriftReader, reading
from collector.receivers.thrift_binary import BinaryReader
from collector.receivers.thrift_compact import CompactReader
from tests.collector.thrift_writers import Binary, Compact, Value

SCALARS: dict[str, st.SearchStrategy[Any]] = {
    "bool": st.booleans(),
    "byte": st.integers(-128, 127),
    "i16": st.integers(-(2**15), 2**15 - 1),
    "i32": st.integers(-(2**31), 2**31 - 1),
    "i64": st.integers(-(2**63), 2**63 - 1),
    "double": st.floats(allow_nan=False),
    "bytes": st.binary(max_size=20),
}
PROTOCOLS = [(Binary(), BinaryReader), (Compact(), CompactReader)]


def _scalar(kind: str) -> st.SearchStrategy[Value]:
    return SCALARS[kind].map(lambda value: Value(kind, value))


def _list_of(kind: str) -> st.SearchStrategy[Value]:
    return st.lists(SCALARS[kind], max_size=20).map(lambda items: Value("list", (kind, items)))


def _map_of(kinds: tuple[str, str]) -> st.SearchStrategy[Value]:
    pairs = st.lists(st.tuples(SCALARS[kinds[0]], SCALARS[kinds[1]]), max_size=3)
    return pairs.map(lambda items: Value("map", (*kinds, items)))


KINDS = st.sampled_from(sorted(SCALARS))
LEAVES = KINDS.flatmap(_scalar) | KINDS.flatmap(_list_of) | st.tuples(KINDS, KINDS).flatmap(_map_of)
NUMBERS = st.integers(-(2**15), 2**15 - 1)
STRUCTS = st.recursive(
    st.dictionaries(NUMBERS, LEAVES, max_size=4).map(lambda fields: Value("struct", fields)),
    lambda inner: st.dictionaries(NUMBERS, inner | LEAVES, max_size=3).map(
        lambda fields: Value("struct", fields)
    ),
    max_leaves=6,
)


def _plain(value: Value) -> Any:
    """Return a value as the readers give it."""
    if value.kind == "struct":
        return {number: _plain(field) for number, field in value.value.items()}
    if value.kind in ("list", "map"):
        return list(value.value[-1])
    return value.value


@pytest.mark.parametrize(("write", "reader"), PROTOCOLS, ids=["binary", "compact"])
def test_what_is_written_is_read(write: Any, reader: type[ThriftReader]) -> None:
    @given(STRUCTS, st.integers(0, 2**31 - 1), st.text(max_size=9))
    def check(value: Value, call: int, name: str) -> None:
        reads = reader(write(value))
        assert reads.read_struct() == _plain(value)
        assert reads.at_end
        message = reader(write.message(name, value, call))
        assert message.read_message() == (name, call, _plain(value))
        assert message.at_end

    check()


@pytest.mark.parametrize(("write", "reader"), PROTOCOLS, ids=["binary", "compact"])
def test_what_ends_early_is_refused(write: Any, reader: type[ThriftReader]) -> None:
    @given(STRUCTS, st.data())
    def check(value: Value, data: st.DataObject) -> None:
        whole = write.message("emitBatch", value)
        cut = whole[: data.draw(st.integers(0, len(whole) - 1))]
        with pytest.raises(BodyError, match="not valid Thrift: it ends too early"):
            reading(reader(cut).read_message)

    check()


@pytest.mark.parametrize("reader", [BinaryReader, CompactReader])
@given(data=st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(reader: type[ThriftReader], data: bytes) -> None:
    for head in (b"", b"\x80\x01\0\x01", b"\x82\x21\0\0"):
        for read in ("read_message", "read_struct", "read_list"):
            reads = reader(head + data)
            with suppress(BodyError):
                reading(getattr(reads, read))


@pytest.mark.parametrize(("write", "reader"), PROTOCOLS, ids=["binary", "compact"])
def test_depth_and_number_of_values_are_bounded(write: Any, reader: type[ThriftReader]) -> None:
    deep = Value("struct", {})
    for _ in range(MAX_DEPTH - 1):
        deep = Value("struct", {1: deep})
    reading(reader(write(deep)).read_struct)
    with pytest.raises(BodyError, match="nested too deeply"):
        reading(reader(write(Value("struct", {1: deep}))).read_struct)
    many = _list_head(write, MAX_VALUES + 1) + b"\0" * (MAX_VALUES + 1)
    with pytest.raises(BodyError, match="more than 1,600,000 values") as refused:
        reading(reader(many).read_list)
    assert refused.value.status == 413
    with pytest.raises(BodyError, match="too early"):
        reading(reader(_list_head(write, 2**31 - 1)).read_list)


def _list_head(write: Any, size: int) -> bytes:
    """Return the beginning of a list of so many structs."""
    if isinstance(write, Binary):
        return b"\x0c" + size.to_bytes(4, "big")
    digits = bytes((size >> shift & 127 | 128) for shift in range(0, 28, 7))
    return b"\xfc" + digits + bytes((size >> 28,))


def test_the_older_form_of_a_message_is_read() -> None:
    message = b"\0\0\0\x09emitBatch\x01\0\0\0\x05" + Binary()(Value("struct", {1: Value("i16", 7)}))
    assert BinaryReader(message).read_message() == ("emitBatch", 5, {1: 7})


def test_a_double_that_is_no_number_is_read() -> None:
    for write, reader in PROTOCOLS:
        value = reader(write(Value("struct", {1: Value("double", math.nan)}))).read_struct()
        assert math.isnan(value[1])
