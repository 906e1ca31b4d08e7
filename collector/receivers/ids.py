"""Ids of traces and spans in the forms in which formats write them."""

from __future__ import annotations

import re

from collector.receivers.payload import SpanError

TRACE_ID_BITS, SPAN_ID_BITS = 128, 64
_HEX = re.compile(r"[0-9a-fA-F]{1,64}").fullmatch
_UINT64 = 2**64


def hex_id(text: str | None, bits: int, what: str) -> int:
    """Return the number that the hex digits mean, of any case and with any zeros before them.

    Raises `SpanError` if they are none, or mean 0 or more than `bits` have room for.
    """
    if not text:
        raise SpanError(f"no_{what}", f"it has no {what}")
    if not _HEX(text):
        raise SpanError("malformed", f"{what} {text[:40]!r} is not hex digits")
    number = int(text, 16)
    if not number:
        raise SpanError(f"zero_{what}", f"{what} is 0")
    if number >> bits:
        raise SpanError(f"huge_{what}", f"{what} has more than {bits} bits")
    return number


def parent_id(text: str | None) -> int:
    """Return the number that the hex digits mean; 0 if there are none or if they say 0: no parent.

    Raises `SpanError` if they are not of a span's id.
    """
    if not text or not text.strip("0"):
        return 0
    return hex_id(text, SPAN_ID_BITS, "parent_id")


def unsigned(number: int) -> int:
    """Return the 64 bits of a signed number as an id: Thrift has no other numbers."""
    return number % _UINT64


def whole_id(high: int, low: int) -> int:
    """Return the trace id of which these are the upper and the lower 64 bits, as signed numbers.

    Raises `SpanError` if it is 0.
    """
    number = unsigned(high) << 64 | unsigned(low)
    if not number:
        raise SpanError("zero_trace_id", "trace_id is 0")
    return number
