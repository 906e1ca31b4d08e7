"""watching: what the parts that lessons never touch say of themselves in a trace.

They say nothing while no trace is under way: the first lessons have no tracer.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

from tracer import tracer


class Nobody:
    """Stands in for a span where nobody watches."""

    def set_tag(self, key: str, value: Any) -> None:
        """Forget it."""


def part(name: str) -> AbstractContextManager[Any]:
    """A span called `name` inside the current trace, if there is one."""
    return tracer.trace(name) if tracer.current_span() else nullcontext(Nobody())


def tag(key: str, value: str | float) -> None:
    """Set a tag on the current span, if there is one."""
    if span := tracer.current_span():
        span.set_tag(key, value)


def trace_id() -> str:
    """The current trace's id as 32 hex digits; empty where there is none."""
    context = tracer.current_context()
    return f"{context.trace_id:032x}" if context else ""


def failed(problem: BaseException) -> None:
    """Say on the current span, if there is one, what went wrong, however politely answered."""
    if span := tracer.current_span():
        span.set_error(problem)
