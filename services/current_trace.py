"""Spans and tags for code that lessons do not touch, in the current trace if there is one.

The first lessons have no tracer, and the last one has others: all of this is for the app that has
imported the bundled one, and does nothing in any other, or outside of a trace.
"""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tracer.context import Context
    from tracer.span import Span
    from tracer.tracer import Tracer


class NoSpan:
    """Stands in for a span outside of a trace."""

    def set_tag(self, key: str, value: Any) -> None:
        """Ignore the tag."""


def span(name: str, service: str | None = None) -> AbstractContextManager[Any]:
    """Start a span called `name` in the current trace, if there is one; its service is that of its
    parent unless another is given."""
    tracer = _tracer()
    if tracer and tracer.current_span():
        return tracer.trace(name, service=service)
    return nullcontext(NoSpan())


def tag(key: str, value: str | float) -> None:
    """Set a tag on the current span, if there is one."""
    if current := _current_span():
        current.set_tag(key, value)


def headers() -> dict[str, str]:
    """Return the headers of a request that continues the current trace; none if there is none."""
    carried: dict[str, str] = {}
    if context := _current_context():
        sys.modules["tracer"].propagation.inject(context, carried)
    return carried


def trace_id() -> str:
    """Return the current trace's id as 32 hex digits, empty if there is none."""
    context = _current_context()
    return f"{context.trace_id:032x}" if context else ""


def set_error(problem: BaseException) -> None:
    """Record an error on the current span, if there is one, even though it gets an answer."""
    if current := _current_span():
        current.set_error(problem)


def shutdown() -> None:
    """Send what the tracer still has, before the process ends."""
    if tracer := _tracer():
        tracer.shutdown()


def _tracer() -> Tracer | None:
    """Return the bundled tracer; None if the app has not imported it."""
    module = sys.modules.get("tracer")
    return module.tracer if module else None


def _current_span() -> Span | None:
    tracer = _tracer()
    return tracer.current_span() if tracer else None


def _current_context() -> Context | None:
    tracer = _tracer()
    return tracer.current_context() if tracer else None
