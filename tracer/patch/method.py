"""Replacing a method of a library's class, and restoring it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any


def replace(owner: type, name: str, around: Callable[..., Any]) -> None:
    """Make `owner.name(...)` call `around(original, ...)` instead; an `async` one awaits it."""
    original = getattr(owner, name)

    if iscoroutinefunction(original):

        @wraps(original)
        async def traced_async(*args: Any, **kwargs: Any) -> Any:
            return await around(original, *args, **kwargs)

        setattr(owner, name, traced_async)
        return

    @wraps(original)
    def traced(*args: Any, **kwargs: Any) -> Any:
        return around(original, *args, **kwargs)

    setattr(owner, name, traced)


def restore(owner: type, name: str) -> None:
    """Undo `replace`."""
    setattr(owner, name, getattr(owner, name).__wrapped__)
