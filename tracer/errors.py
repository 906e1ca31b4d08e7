"""The tags of an exception."""

from __future__ import annotations

import traceback

from .text import to_text

_MAX_FRAMES = 30
"""Innermost frames kept of a stack."""


def error_tags(error: BaseException) -> dict[str, str]:
    """Return the tags `error.type`, `error.message` and `error.stack` of an exception."""
    try:
        return _error_tags(error)
    except Exception:  # one of the exception's own properties fails
        return {"error.type": type(error).__qualname__}


def _error_tags(error: BaseException) -> dict[str, str]:
    kind = type(error)
    name = kind.__qualname__
    if kind.__module__ not in ("builtins", "__main__"):
        name = f"{kind.__module__}.{name}"
    message = _message(error)
    # Source lines, but not the chained exceptions: their texts could quote what `_message` omits.
    stack = traceback.format_tb(error.__traceback__, limit=-_MAX_FRAMES)
    return {
        "error.type": name,
        "error.message": message,
        "error.stack": to_text("".join(stack) + f"{name}: {message}"),
    }


def _message(error: BaseException) -> str:
    """Return what went wrong, without the app's data.

    SQLAlchemy's errors quote the statement's parameters; the driver's own error is their `orig`.
    Its first line is enough: PostgreSQL quotes the row in the next one. The patch of redis adds an
    `orig` to errors that quote values, too.
    """
    origin = getattr(error, "orig", None)
    if isinstance(origin, BaseException):
        return to_text(origin).partition("\n")[0]
    return to_text(error)
