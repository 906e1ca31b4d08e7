"""Spans and tags for code that lessons do not touch, in the current trace if there is one.

The first lessons have no tracer, so all of this does nothing outside of a trace.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

from tracer import tracer


class NoSpan:
    """Stands in for a span outside of a trace."""

    def set_tag(self, key: str, value: Any) -> None:
        """Ignore the tag."""


def span(name: str) -> AbstractContextManager[Any]:
    """Start a span called `name` in the current trace, if there is one."""
    return tracer.trace(name) if tracer.current_span() else nullcontext(NoSpan())


def tag(key: str, value: str | float) -> None:
    """Set a tag on the current span, if there is one."""
    if current := tracer.current_span():
        current.set_tag(key, value)


def trace_id() -> str:
    """Return the current trace's id as 32 hex digits, empty if there is none."""
    context = tracer.current_context()
    return f"{context.trace_id:032x}" if context else ""


def set_error(problem: BaseException) -> None:
    """Record an error on the current span, if there is one, even though it gets an answer."""
    if current := tracer.current_span():
        current.set_error(problem)
