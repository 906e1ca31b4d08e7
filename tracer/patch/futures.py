"""Thread pools whose threads continue the trace of the caller that submitted the work.

The caller's span stays the parent even if the work goes on after the caller's request has ended: it
has asked for the work and set it off as well. Where a thread gathers the work of many requests and
does it together, no single one is its parent: give its span their contexts as `submitter`.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from ..context import Context
from ..span import Span, active
from .method import replace, restore


def install() -> None:
    """Carry the current span along with `submit`, and with `map`, which calls it."""
    replace(ThreadPoolExecutor, "submit", _submit)


def uninstall() -> None:
    """Undo `install`."""
    restore(ThreadPoolExecutor, "submit")


def _submit(
    submit: Callable[..., Future[Any]],
    pool: ThreadPoolExecutor,
    work: Callable[..., Any],
    /,
    *args: Any,
    **kwargs: Any,
) -> Future[Any]:
    current = active.get()
    if current is None:
        return submit(pool, work, *args, **kwargs)
    return submit(pool, _within, current, work, *args, **kwargs)


def _within(current: Span | Context, work: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
    """Do the work as part of `current`; the thread may have work of other traces later."""
    token = active.set(current)
    try:
        return work(*args, **kwargs)
    finally:
        active.reset(token)
