"""Thrift's compact protocol: numbers in as many bytes as they need, fields by their distance."""

from __future__ import annotations

import struct
from typing import Any

from collector.receivers.thrift import MAX_DEPTH, Fields, ThriftError, ThriftReader, text

_TRUE, _FALSE, _BYTE, _I16, _I32, _I64, _DOUBLE, _BYTES, _LIST, _SET, _MAP, _STRUCT = range(1, 13)
_PROTOCOL, _VERSION = 0x82, 1
_LONG_LIST = 15
_MAX_VARINT_BITS = 64
_UINT64 = 2**64
_unpack_double = struct.Struct("<d").unpack_from


class CompactReader(ThriftReader):
    """Reads the compact protocol."""

    def read_message(self) -> tuple[str, int, Fields]:
        """Read the call of a function."""
        protocol, version = self._take(2)
        if protocol != _PROTOCOL or version & 0x1F != _VERSION:
            raise ThriftError("it is no message of version 1")
        call = self._read_varint()
        name = self._take(self._read_varint())
        return text(name), call, self.read_struct()

    def read_struct(self, depth: int = MAX_DEPTH) -> Fields:
        """Read a struct with at most this many levels."""
        depth = self._enter(depth)
        fields: Fields = {}
        field = 0
        while head := self._data[self._position]:
            self._position += 1
            distance, kind = head >> 4, head & 15
            field = field + distance if distance else self._read_number()
            self._count(1)
            # In a field, the type of a truth says which one it is.
            is_truth = kind in (_TRUE, _FALSE)
            fields[field] = kind == _TRUE if is_truth else self._read_value(kind, depth)
        self._position += 1
        return fields

    def read_list(self, depth: int = MAX_DEPTH) -> list[Any]:
        """Read a list with at most this many levels."""
        depth = self._enter(depth)
        head = self._data[self._position]
        self._position += 1
        size, kind = head >> 4, head & 15
        if size == _LONG_LIST:
            size = self._read_varint()
        self._count(size)
        return [self._read_value(kind, depth) for _ in range(size)]

    def _read_value(self, kind: int, depth: int) -> Any:
        if kind == _BYTES:
            return self._take(self._read_varint())
        if _I16 <= kind <= _I64:
            return self._read_number()
        if kind == _STRUCT:
            return self.read_struct(depth)
        if kind == _DOUBLE:
            return _unpack_double(self._take(8))[0]
        if kind in (_LIST, _SET):
            return self.read_list(depth)
        if kind in (_TRUE, _FALSE):
            return self._take(1) == bytes((_TRUE,))
        if kind == _BYTE:
            return int.from_bytes(self._take(1), "big", signed=True)
        if kind == _MAP:
            return self._read_map(self._enter(depth))
        raise ThriftError(f"type {kind} does not exist")

    def _read_map(self, depth: int) -> list[tuple[Any, Any]]:
        size = self._read_varint()
        if not size:
            return []
        (kinds,) = self._take(1)
        self._count(2 * size)
        read = self._read_value
        return [(read(kinds >> 4, depth), read(kinds & 15, depth)) for _ in range(size)]

    def _read_number(self) -> int:
        """Read a signed number, in which the last bit is the sign (zigzag)."""
        number = self._read_varint()
        return number >> 1 ^ -(number & 1)

    def _read_varint(self) -> int:
        data, position = self._data, self._position
        number = shift = 0
        while shift < _MAX_VARINT_BITS:
            byte = data[position]
            position += 1
            number |= (byte & 0x7F) << shift
            if byte < 0x80:
                self._position = position
                return number % _UINT64
            shift += 7
        raise ThriftError("a number has more than 64 bits")
