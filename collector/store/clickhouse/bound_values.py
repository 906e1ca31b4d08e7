"""The values of a query, sent beside its text: what people type is never pasted into SQL.

ClickHouse takes temporary tables with a query ("external data for query processing"); ours has one
row, and a column for each value. Later versions have parameters as well, but this works with all.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterable

TABLE = "bound"
IDS, NUMBERS = "ids", "numbers"
"""The temporary tables for any number of trace ids, and of other numbers."""


class BoundValues:
    """The values of one query."""

    def __init__(self) -> None:
        self._types: list[str] = []
        self._row: list[bytes] = []
        self._lists: dict[str, tuple[str, bytes]] = {}

    def text(self, value: str) -> str:
        """Bind a text; return what stands for it in the query."""
        return self._bind("String", text_bytes(value))

    def number(self, value: float) -> str:
        """Bind a number; return what stands for it in the query."""
        return self._bind("Float64", struct.pack("<d", value))

    def whole(self, value: int) -> str:
        """Bind a whole number, from -2^63 to 2^63 - 1; return what stands for it in the query."""
        return self._bind("Int64", struct.pack("<q", value))

    def unsigned(self, value: int) -> str:
        """Bind a whole number from 0 to 2^64 - 1; return what stands for it in the query."""
        return self._bind("UInt64", struct.pack("<Q", value))

    def ids(self, trace_ids: Iterable[str]) -> str:
        """Bind trace ids, once in a query; return the table of their halves, `lower` and
        `upper`."""
        rows = [struct.pack("<QQ", int(one[16:], 16), int(one[:16], 16)) for one in trace_ids]
        self._lists[IDS] = ("lower UInt64, upper UInt64", b"".join(rows))
        return IDS

    def numbers(self, numbers: Iterable[int]) -> str:
        """Bind whole numbers from 0 to 2^64 - 1, once in a query; return the table of them,
        `number`."""
        self._lists[NUMBERS] = ("number UInt64", array("Q", numbers).tobytes())
        return NUMBERS

    def tables(self) -> dict[str, tuple[str, bytes]]:
        """Return the temporary tables: by name the structure, and the content in `RowBinary`."""
        tables = {TABLE: (", ".join(self._types), b"".join(self._row))} if self._row else {}
        return tables | self._lists

    def _bind(self, type_: str, content: bytes) -> str:
        name = f"value_{len(self._row)}"
        self._types.append(f"{name} {type_}")
        self._row.append(content)
        # A query for one value may find none, for all that ClickHouse knows.
        return f"assumeNotNull((SELECT {name} FROM {TABLE}))"


def text_bytes(text: str) -> bytes:
    """Return a text in `RowBinary`: its length in bytes, seven bits at a time, then UTF-8."""
    encoded = text.encode()
    return length_bytes(len(encoded)) + encoded


def length_bytes(length: int) -> bytes:
    """Return a length in `RowBinary` (LEB128)."""
    if length < 0x80:
        return bytes((length,))
    digits = bytearray()
    while length >= 0x80:
        digits.append(length & 0x7F | 0x80)
        length >>= 7
    digits.append(length)
    return bytes(digits)
