"""Tag values of any kind, turned into the texts and numbers that a span keeps."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from itertools import islice
from typing import Any

import msgspec

from collector import limits
from collector.decode_errors import DECODE_ERRORS
from collector.model import TagValue

Decode = Callable[..., Any]
"""`msgspec.msgpack.decode` or `msgspec.json.decode`."""

MAX_NESTED_BYTES = 1024 * 1024
"""Size of a list or a map that becomes a tag's value."""
TOO_LARGE = "(too large to read)"
_UINT64 = 2**64


def tag_value(value: object) -> TagValue:
    """Return the value as text or number.

    Booleans become `true` and `false`, null becomes an empty text, lists and maps become JSON.
    Numbers for which JSON or msgpack have no room (NaN, infinities, beyond 64 bits) become text.
    """
    if isinstance(value, str):
        return limits.cut(value, limits.VALUE_CHARS)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return value if -_UINT64 // 2 <= value < _UINT64 else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    try:
        text = msgspec.json.encode(value).decode()
    except (TypeError, ValueError, RecursionError):
        text = "(not readable)"
    return limits.cut(text, limits.VALUE_CHARS)


def nested(raw: msgspec.Raw | None, decode: Decode) -> object:
    """Decode a value that may contain others; None if there is none.

    Return a note in its place if it cannot be read or would need too much memory.
    """
    if raw is None:
        return None
    if len(memoryview(raw)) > MAX_NESTED_BYTES:
        return TOO_LARGE
    try:
        return decode(raw)
    except (*DECODE_ERRORS, TypeError):
        return "(not readable)"


def attributes(raw: object) -> dict[str, TagValue]:
    """Return the attributes of an event or a link; empty if they are not a map."""
    if not isinstance(raw, Mapping):
        return {}
    tags: dict[str, TagValue] = {}
    for key, value in islice(raw.items(), limits.TAGS):
        name = key if isinstance(key, str) else str(key)
        if len(name) > limits.KEY_CHARS:
            name = limits.cut(name, limits.KEY_CHARS)
        is_short_text = isinstance(value, str) and len(value) <= limits.VALUE_CHARS
        tags[name] = value if is_short_text else tag_value(value)  # nearly all are short texts
    return tags
