"""Fields of a span in a file, read one by one."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec
from msgspec import Raw

from collector.decode_errors import DECODE_ERRORS, reason_of
from collector.receivers.payload import SpanError

T = TypeVar("T")


def decoded(raw: Raw, decoder: msgspec.json.Decoder[T]) -> T:
    """Return what a span says. Raises `SpanError` if that is not what its format has."""
    try:
        return decoder.decode(raw)
    except msgspec.ValidationError as error:
        raise SpanError("wrong_type", str(error)) from None
    except DECODE_ERRORS as error:
        raise SpanError("malformed", f"it cannot be read: {reason_of(error)}") from None


def id_number(text: Any, digits: int, what: str) -> int:
    """Return an id, written as up to `digits` hex digits, as a number; 0 if there is none.

    Raises `SpanError` if it is no id.
    """
    if text is None or text == "":
        return 0
    lower = str(text).lower()
    if len(lower) > digits or lower.strip("0123456789abcdef"):
        message = f"{what} is {lower[:40]!r}; it has up to {digits} hex digits"
        raise SpanError(f"bad_{what}", message)
    return int(lower, 16)


def trace_id_of(text: Any) -> str:
    """Return a trace id as 32 hex digits. Raises `SpanError` if it is none."""
    number = id_number(text, 32, "trace_id")
    if not number:
        raise SpanError("no_trace_id", "it has no trace id")
    return f"{number:032x}"


def moment_of(text: str, what: str) -> int:
    """Return a moment, written as decimal digits, as a number. Raises `SpanError` if it is none."""
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 20):
        raise SpanError(f"bad_{what}", f"{what} is {text[:40]!r}, not nanoseconds since 1970")
    return int(text)
