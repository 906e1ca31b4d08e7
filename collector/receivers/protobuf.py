"""The wire format of Protocol Buffers: reading and writing the fields of a message.

A message is a row of fields. Each begins with a tag, which is the field's number and how its value
is written; that is enough to skip the fields one does not know. What a number means is for whoever
reads the message: docs/wire-formats.md has an example.

No library does this here. Its messages would be built in memory as a whole before anybody can count
them, a text that is not UTF-8 would cost the whole body, and it would be no faster.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
"""How a value is written: as a number of as many bytes as it needs, of 8, or of 4, or as bytes
after their number (which may be a text, or another message)."""

ONE_BYTE = 0x80
"""A number below this is one byte. Longer ones have this bit set in all bytes but the last."""
ENDS_TOO_EARLY = "it ends too early"
_MAX_VARINT_BITS = 64
_INT64 = 2**63
_UINT64 = 2**64
_unpack_double = struct.Struct("<d").unpack


Message = bytes | memoryview
"""A view is for large messages, of which no copy is wanted."""


class ProtobufError(Exception):
    """Bytes that are no message; the message says why."""


def tag(number: int, written: int = BYTES) -> int:
    """Return the tag of the field with this number."""
    return number << 3 | written


def fields(message: Message) -> Iterator[tuple[int, Any]]:
    """Yield the fields of a message: the tag, and the value, which is a number for `VARINT` and
    bytes for all others.

    Raises `ProtobufError` where the bytes stop being a message.
    """
    position, end = 0, len(message)
    try:
        while position < end:
            tag = message[position]
            position += 1
            if tag >= ONE_BYTE:
                tag, position = varint(message, position - 1)
            written = tag & 7
            value: int | Message
            if written == BYTES:
                size = message[position]
                position += 1
                if size >= ONE_BYTE:
                    size, position = varint(message, position - 1)
            elif written == VARINT:
                value = message[position]
                position += 1
                if value >= ONE_BYTE:
                    value, position = varint(message, position - 1)
                yield tag, value
                continue
            elif written == FIXED64:
                size = 8
            elif written == FIXED32:
                size = 4
            else:
                raise ProtobufError(f"byte {position - 1} begins no field")
            value = message[position : position + size]
            position += size
            if position > end:
                break
            yield tag, value
    except IndexError:
        position = end + 1
    if position > end:
        raise ProtobufError(ENDS_TOO_EARLY)


def varint(message: Message, position: int) -> tuple[int, int]:
    """Return the number that is written at a position, and the position after it.

    Raises `ProtobufError` if it has too many bits, `IndexError` if the message ends too early.
    """
    number = shift = 0
    while shift < _MAX_VARINT_BITS:
        byte = message[position]
        position += 1
        number |= (byte & 0x7F) << shift
        if byte < ONE_BYTE:
            return number % _UINT64, position
        shift += 7
    raise ProtobufError(f"the number before byte {position} has more than 64 bits")


def signed(number: int) -> int:
    """Return what a `VARINT` means in a field of a signed type."""
    return number - _UINT64 if number >= _INT64 else number


def unsigned(value: Message) -> int:
    """Return what the bytes of `FIXED64` or `FIXED32` mean in a field of an unsigned type."""
    return int.from_bytes(value, "little")


def double(value: Message) -> float:
    """Return what the bytes of `FIXED64` mean in a field of type `double`."""
    number: float = _unpack_double(value)[0]
    return number


def text(value: Message) -> str:
    """Return bytes as text; what is not UTF-8 in them becomes U+FFFD."""
    return bytes(value).decode("utf-8", "replace")


def number_field(number: int, value: int) -> bytes:
    """Return a field with a number that is not negative, as `VARINT`."""
    return _written(tag(number, VARINT)) + _written(value)


def bytes_field(number: int, value: bytes | str) -> bytes:
    """Return a field with bytes, a text or a message."""
    data = value.encode("utf-8", "replace") if isinstance(value, str) else value
    return _written(tag(number)) + _written(len(data)) + data


def _written(number: int) -> bytes:
    """Return a number as `VARINT` writes it."""
    written = bytearray()
    while number >= ONE_BYTE:
        written.append(number & 0x7F | ONE_BYTE)
        number >>= 7
    written.append(number)
    return bytes(written)
