"""Thrift written as its specification says, for tests: values with their types, in both
protocols."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any, NamedTuple

CALL = 1
BINARY_KINDS = {"bool": 2, "byte": 3, "double": 4, "i16": 6, "i32": 8, "i64": 10, "bytes": 11}
BINARY_KINDS |= {"struct": 12, "map": 13, "set": 14, "list": 15}
COMPACT_KINDS = {"bool": 1, "byte": 3, "i16": 4, "i32": 5, "i64": 6, "double": 7, "bytes": 8}
COMPACT_KINDS |= {"list": 9, "set": 10, "map": 11, "struct": 12}
NUMBERS = {"bool": "?", "byte": "b", "double": "d", "i16": "h", "i32": "i", "i64": "q"}


class Value(NamedTuple):
    """A value and its type: `bool`, `byte`, `double`, `i16`, `i32`, `i64`, `bytes`, `struct`,
    `map` or `list`.

    A struct is its fields by their numbers, a list the type of its items and these, a map the types
    of keys and values and the pairs of them.
    """

    kind: str
    value: Any


def text(value: str) -> Value:
    return Value("bytes", value.encode())


def i64(value: int) -> Value:
    """Return a number; one beyond the largest signed one has the same 64 bits."""
    return Value("i64", value - 2**64 if value >= 2**63 else value)


def record(**fields: Value | None) -> Value:
    """Return a struct: `f3=…` is its field number 3; None leaves one out."""
    return Value("struct", {int(name[1:]): value for name, value in fields.items() if value})


def records(items: Sequence[Value]) -> Value:
    return Value("list", ("struct", [item.value for item in items]))


class Binary:
    """The binary protocol."""

    def message(self, name: str, arguments: Value, call: int = 0) -> bytes:
        head = struct.pack(">I", 0x80010000 | CALL)
        return head + self.plain("bytes", name.encode()) + struct.pack(">i", call) + self(arguments)

    def __call__(self, value: Value) -> bytes:
        return self.plain(*value)

    def plain(self, kind: str, value: Any) -> bytes:
        if kind in NUMBERS:
            return struct.pack(">" + NUMBERS[kind], value)
        if kind == "bytes":
            return struct.pack(">i", len(value)) + value
        if kind == "struct":
            fields = (
                struct.pack(">bh", BINARY_KINDS[field.kind], number) + self(field)
                for number, field in value.items()
            )
            return b"".join(fields) + b"\0"
        if kind == "map":
            keys, values, pairs = value
            head = struct.pack(">bbi", BINARY_KINDS[keys], BINARY_KINDS[values], len(pairs))
            return head + b"".join(self.plain(keys, k) + self.plain(values, v) for k, v in pairs)
        inner, items = value
        head = struct.pack(">bi", BINARY_KINDS[inner], len(items))
        return head + b"".join(self.plain(inner, item) for item in items)


class Compact:
    """The compact protocol."""

    def message(self, name: str, arguments: Value, call: int = 0) -> bytes:
        head = bytes((0x82, CALL << 5 | 1)) + varint(call)
        return head + self.plain("bytes", name.encode()) + self(arguments)

    def __call__(self, value: Value) -> bytes:
        return self.plain(*value)

    def plain(self, kind: str, value: Any) -> bytes:
        if kind in ("i16", "i32", "i64"):
            return varint(value << 1 ^ value >> 63)
        if kind == "bool":
            return b"\1" if value else b"\2"
        if kind == "byte":
            return struct.pack("b", value)
        if kind == "double":
            return struct.pack("<d", value)
        if kind == "bytes":
            return varint(len(value)) + value
        if kind == "struct":
            return self._struct(value)
        if kind == "map":
            keys, values, pairs = value
            kinds = bytes((COMPACT_KINDS[keys] << 4 | COMPACT_KINDS[values],)) if pairs else b""
            inner = (self.plain(keys, k) + self.plain(values, v) for k, v in pairs)
            return varint(len(pairs)) + kinds + b"".join(inner)
        inner, items = value
        size = len(items)
        head = bytes((min(size, 15) << 4 | COMPACT_KINDS[inner],)) + (
            varint(size) if size > 14 else b""
        )
        return head + b"".join(self.plain(inner, item) for item in items)

    def _struct(self, fields: dict[int, Value]) -> bytes:
        written = bytearray()
        last = 0
        for number, field in fields.items():
            kind = COMPACT_KINDS[field.kind]
            if field.kind == "bool":
                kind = 1 if field.value else 2
            if 0 < number - last < 16:
                written.append(number - last << 4 | kind)
            else:
                written += bytes((kind,)) + varint(number << 1 ^ number >> 63)
            if field.kind != "bool":
                written += self(field)
            last = number
        return bytes(written) + b"\0"


def varint(number: int) -> bytes:
    """Return a number as seven bits a byte, the lowest first."""
    number %= 2**64
    written = bytearray()
    while number > 127:
        written.append(number & 127 | 128)
        number >>= 7
    return bytes(written) + bytes((number,))
