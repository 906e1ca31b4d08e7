"""Functions of which each call is a span."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any, ParamSpec, TypeVar

from .span import Span

P = ParamSpec("P")
R = TypeVar("R")


def wrapped(function: Callable[P, R], start: Callable[[], Span]) -> Callable[P, R]:
    """Return the function, `async` or not, within a span that `start` begins for each call."""
    if iscoroutinefunction(function):

        @wraps(function)
        async def traced_async(*args: P.args, **kwargs: P.kwargs) -> Any:
            with start():
                return await function(*args, **kwargs)

        return traced_async  # type: ignore[return-value]

    @wraps(function)
    def traced(*args: P.args, **kwargs: P.kwargs) -> R:
        with start():
            return function(*args, **kwargs)

    return traced
