"""Thrift's binary protocol: numbers in their full width, big end first."""

from __future__ import annotations

import struct
from typing import Any

from collector.receivers.thrift import MAX_DEPTH, Fields, ThriftError, ThriftReader, text

_BOOL, _BYTE, _DOUBLE, _I16, _I32, _I64, _BYTES, _STRUCT, _MAP, _SET, _LIST = (
    *(2, 3, 4, 6, 8, 10),
    *(11, 12, 13, 14, 15),
)
_VERSION_1 = 0x8001 << 16
_CALL = 1
_unpack_i32 = struct.Struct(">i").unpack_from
_unpack_u32 = struct.Struct(">I").unpack_from
_unpack_field = struct.Struct(">bh").unpack_from
_NUMBERS = {
    _BOOL: struct.Struct(">?"),
    _BYTE: struct.Struct(">b"),
    _DOUBLE: struct.Struct(">d"),
    _I16: struct.Struct(">h"),
    _I32: struct.Struct(">i"),
    _I64: struct.Struct(">q"),
}


class BinaryReader(ThriftReader):
    """Reads the binary protocol."""

    def read_message(self) -> tuple[str, int, Fields]:
        """Read the call of a function, in the strict or in the older form."""
        if self._data[:1] >= b"\x80":
            (version,) = _unpack_u32(self._take(4))
            if version & 0xFFFF0000 != _VERSION_1:
                raise ThriftError("it is no message of version 1")
            name = self._read_bytes()
        else:
            name = self._read_bytes()
            self._take(1)  # what kind of message it is
        (call,) = _unpack_i32(self._take(4))
        return text(name), call, self.read_struct()

    def read_struct(self, depth: int = MAX_DEPTH) -> Fields:
        """Read a struct with at most this many levels."""
        depth = self._enter(depth)
        data = self._data
        fields: Fields = {}
        while kind := data[self._position]:
            _, field = _unpack_field(data, self._position)
            self._position += 3
            self._count(1)
            fields[field] = self._read_value(kind, depth)
        self._position += 1
        return fields

    def read_list(self, depth: int = MAX_DEPTH) -> list[Any]:
        """Read a list with at most this many levels."""
        depth = self._enter(depth)
        kind = self._data[self._position]
        self._position += 1
        size = self._read_size()
        self._count(size)
        return [self._read_value(kind, depth) for _ in range(size)]

    def _read_value(self, kind: int, depth: int) -> Any:
        if kind == _BYTES:
            return self._read_bytes()
        if kind == _STRUCT:
            return self.read_struct(depth)
        if layout := _NUMBERS.get(kind):
            (value,) = layout.unpack_from(self._data, self._position)
            self._position += layout.size
            return value
        if kind in (_LIST, _SET):
            return self.read_list(depth)
        if kind == _MAP:
            return self._read_map(self._enter(depth))
        raise ThriftError(f"type {kind} does not exist")

    def _read_map(self, depth: int) -> list[tuple[Any, Any]]:
        kinds = self._take(2)
        size = self._read_size()
        self._count(2 * size)
        read = self._read_value
        return [(read(kinds[0], depth), read(kinds[1], depth)) for _ in range(size)]

    def _read_bytes(self) -> bytes:
        return self._take(self._read_size())

    def _read_size(self) -> int:
        (size,) = _unpack_i32(self._data, self._position)
        self._position += 4
        return int(size)


def write_message(name: str, kind: int, call: int, result: bytes) -> bytes:
    """Return a message in the strict form: of this kind (2 is an answer), to this call, with the
    struct `result`."""
    encoded = name.encode()
    head = struct.pack(">Ii", _VERSION_1 | kind, len(encoded))
    return head + encoded + struct.pack(">i", call) + result
