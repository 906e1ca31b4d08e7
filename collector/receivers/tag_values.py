"""Tag values of any kind, as the texts and numbers that a span keeps."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from collector import limits
from collector.model import TagValue

Decode = Callable[..., Any]
"""`msgspec.msgpack.decode` or `msgspec.json.decode`."""

_LARGEST = 2**64
_NESTED_MOST = 1024 * 1024


def tag_value(value: object) -> TagValue:
    """The value as text or number.

    Truth values become `true` and `false`, null an empty text; lists and maps their JSON. Numbers
    that JSON or msgpack have no room for (NaN, infinities, beyond 64 bits) become text.
    """
    if isinstance(value, str):
        return limits.cut(value, limits.VALUE)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return value if -_LARGEST // 2 <= value < _LARGEST else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    try:
        text = msgspec.json.encode(value).decode()
    except (TypeError, ValueError, RecursionError):
        text = "(not readable)"
    return limits.cut(text, limits.VALUE)


def nested(raw: msgspec.Raw | None, decode: Decode) -> object:
    """A value that may have others in it, decoded; `None` if there is none, and a note in its
    place if it cannot be read or would need too much memory."""
    if raw is None:
        return None
    if len(memoryview(raw)) > _NESTED_MOST:
        return "(too large to look into)"
    try:
        return decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, TypeError):
        return "(not readable)"


def attributes(raw: object) -> dict[str, TagValue]:
    """The attributes of an event or a link; empty if they are not a map."""
    if not isinstance(raw, Mapping):
        return {}
    items = list(raw.items())[: limits.TAGS]
    return {limits.cut(str(key), limits.KEY): tag_value(value) for key, value in items}
