"""Whole numbers in as few bytes as they need, as Protocol Buffers write them (LEB128)."""

from __future__ import annotations

_MAX_BYTES = 10
"""Of a number: it has 64 bits or less."""


def write_number(out: bytearray, number: int) -> None:
    """Append a number that is not negative."""
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)


def zigzag(number: int) -> int:
    """Return a signed number as one that is not negative, and small if it is near 0."""
    return number << 1 if number >= 0 else (-number << 1) - 1


def unzigzag(number: int) -> int:
    """Undo `zigzag`."""
    return -((number + 1) >> 1) if number & 1 else number >> 1


class Reader:
    """Reads bytes from strangers, from the first to the last.

    Each method raises `ValueError` if what is there cannot be what it is to read.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def number(self, below: int = 1 << 64) -> int:
        """Return the next number, which must be smaller than `below`."""
        data, at = self._data, self._at
        try:
            result = data[at]  # most have one byte, and there are many: no loop for them
            if result > 0x7F:
                result, at = self._long_number(result & 0x7F)
        except IndexError:
            raise ValueError("cut off") from None
        self._at = at + 1
        if result >= below:
            raise ValueError("a number that is too large")
        return result

    def _long_number(self, result: int) -> tuple[int, int]:
        """Return the number whose first seven bits are `result`, and where its last byte is."""
        at = self._at
        for shift in range(7, 7 * _MAX_BYTES, 7):
            at += 1
            byte = self._data[at]
            result |= (byte & 0x7F) << shift
            if byte < 0x80:
                return result, at
        raise ValueError("a number without an end")

    def take(self, size: int) -> bytes:
        """Return the next `size` bytes."""
        taken = self._data[self._at : self._at + size]
        if len(taken) < size:
            raise ValueError("cut off")
        self._at += size
        return taken

    def rest(self) -> bytes:
        """Return the bytes that are left."""
        return self.take(len(self._data) - self._at)

    def must_be_at_end(self) -> None:
        """Raise `ValueError` if something is left."""
        if self._at < len(self._data):
            raise ValueError("something is left at the end")
