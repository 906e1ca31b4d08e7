"""Values as text or numbers that can be sent: whatever the app passes in, without ever raising."""

from __future__ import annotations

from typing import Any

MAX_TEXT_CHARS = 10_000
"""Characters kept of a tag's value, a resource or any other text of a span."""

TagValue = str | int | float
"""What a tag can hold."""

TAG_TYPES = frozenset((str, int, float))
"""The types of a `TagValue`, without their subclasses."""


def to_text(value: object) -> str:
    """Return `value` as valid Unicode of at most `MAX_TEXT_CHARS` characters.

    Bytes are read as UTF-8. A value whose `str` fails becomes `<unprintable Type>`.
    """
    try:
        raw = value.decode(errors="replace") if isinstance(value, bytes) else str(value)
        return shorten(raw).encode(errors="replace").decode()
    except Exception:
        return f"<unprintable {type(value).__name__}>"


def shorten(text: str) -> str:
    """Return `text` cut to `MAX_TEXT_CHARS` characters, ending in `…` if some are missing."""
    return text if len(text) <= MAX_TEXT_CHARS else text[: MAX_TEXT_CHARS - 1] + "…"


def to_tag_value(value: object) -> TagValue:
    """Return `value` as a tag can hold it: a number as it is, anything else as text.

    The text is made at once: by the time the writer's thread sends it, the value may have changed.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return int.__int__(value)  # not int(value), which a subclass may have redefined
    return float.__float__(value) if isinstance(value, float) else to_text(value)


def items_of(values: object) -> list[tuple[Any, Any]]:
    """Return a dict's items, and an empty list for anything else."""
    return list(values.items()) if isinstance(values, dict) else []
