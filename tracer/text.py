"""Any value as text that can be sent: whatever the app hands us, and without ever raising."""

from __future__ import annotations

MAX_TEXT = 10_000
"""Characters that are kept of a tag's value, a resource or any other text of a span."""


def text(value: object) -> str:
    """Return `value` as valid Unicode of at most `MAX_TEXT` characters.

    Bytes are read as UTF-8. A value that cannot say what it is becomes `<unprintable Type>`.
    """
    try:
        raw = value.decode(errors="replace") if isinstance(value, bytes) else str(value)
        return cut(raw).encode(errors="replace").decode()
    except Exception:
        return f"<unprintable {type(value).__name__}>"


def cut(value: str) -> str:
    """Return `value` shortened to `MAX_TEXT` characters; a `…` says that some are missing."""
    return value if len(value) <= MAX_TEXT else value[: MAX_TEXT - 1] + "…"
