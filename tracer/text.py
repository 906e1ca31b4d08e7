"""Values as text or numbers that can be sent: whatever the app passes in, without ever raising.

The app's objects are asked for nothing but their `str`, and what that returns or raises is not
trusted. In particular `type(value)` says what they are: `value.__class__` and with it `isinstance`
may run the app's code.
"""

from __future__ import annotations

from typing import Any

from .containment import is_for_the_app, type_name

MAX_TEXT_CHARS = 10_000
"""Characters kept of a tag's value, a resource or any other text of a span."""

TagValue = str | int | float
"""What a tag can hold."""


def to_text(value: object) -> str:
    """Return `value` as valid Unicode of at most `MAX_TEXT_CHARS` characters.

    Bytes are read as UTF-8. A value whose `str` fails becomes `<unprintable Type>`.
    """
    kind = type(value)
    if kind is str and value.isascii():  # type: ignore[attr-defined]
        return shorten(value)  # type: ignore[arg-type]
    try:
        if issubclass(kind, bytes):
            raw = bytes.decode(value, errors="replace")  # type: ignore[arg-type]
        else:
            raw = str.__str__(str(value))  # `str` may return a subclass; this copy is none
        return shorten(raw).encode(errors="replace").decode()
    except BaseException as error:
        if is_for_the_app(error):
            raise
        return f"<unprintable {shorten(type_name(kind))}>"


def printable(text: str) -> str:
    r"""Return `text` as one line, with whatever can't be printed escaped as in `\n` and `\x1b`."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def shorten(text: str) -> str:
    """Return `text` cut to `MAX_TEXT_CHARS` characters, ending in `…` if some are missing."""
    return text if len(text) <= MAX_TEXT_CHARS else text[: MAX_TEXT_CHARS - 1] + "…"


def to_tag_value(value: object) -> TagValue:
    """Return `value` as a tag can hold it: a number as it is, anything else as text.

    The text is made at once: by the time the writer's thread sends it, the value may have changed.
    """
    kind = type(value)
    if kind is bool:
        return "true" if value else "false"
    if issubclass(kind, int):
        return int.__int__(value)  # type: ignore[arg-type]
    if issubclass(kind, float):
        return float.__float__(value)  # type: ignore[arg-type]
    return to_text(value)


def items_of(values: object) -> list[tuple[Any, Any]]:
    """Return a dict's items, and an empty list for anything else."""
    # Not values.items(), which a subclass may have redefined.
    return list(dict.items(values)) if issubclass(type(values), dict) else []  # type: ignore[arg-type]


def elements_of(values: object) -> list[Any]:
    """Return what a list or a tuple holds, and an empty list for anything else."""
    # Not iter(values), which a subclass may have redefined.
    for kind in (list, tuple):
        if issubclass(type(values), kind):
            return list(kind.__iter__(values))  # type: ignore[arg-type]
    return []
