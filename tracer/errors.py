"""What an exception looks like on a span."""

from __future__ import annotations

import traceback

from .text import text

_MAX_FRAMES = 30


def describe(error: BaseException) -> dict[str, str]:
    """Return the tags `error.type`, `error.message` and `error.stack` of an exception."""
    try:
        return _describe(error)
    except Exception:  # an exception with a property that fails
        return {"error.type": type(error).__qualname__}


def _describe(error: BaseException) -> dict[str, str]:
    kind = type(error)
    name = kind.__qualname__
    if kind.__module__ not in ("builtins", "__main__"):
        name = f"{kind.__module__}.{name}"
    message = _message(error)
    # Source lines, but no chained exceptions: their texts could quote what `_message` leaves out.
    stack = traceback.format_tb(error.__traceback__, limit=-_MAX_FRAMES)
    return {
        "error.type": name,
        "error.message": message,
        "error.stack": text("".join(stack) + f"{name}: {message}"),
    }


def _message(error: BaseException) -> str:
    """Return what is wrong, without the data that it is wrong with.

    SQLAlchemy's errors quote the statement's parameters; the driver's own error is their `orig`.
    Of that the first line will do: PostgreSQL quotes the row in the next. Our patch of redis gives
    an `orig` to errors that quote values, too.
    """
    origin = getattr(error, "orig", None)
    if isinstance(origin, BaseException):
        return text(origin).partition("\n")[0]
    return text(error)
