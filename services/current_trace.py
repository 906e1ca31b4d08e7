"""Spans and tags for code that lessons do not touch, in the current trace if there is one.

The first lessons have no tracer, and the last one has others: all of this is for the app that has
imported the bundled one, and does nothing in any other, or outside of a trace.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
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


def deferred(name: str, submitters: Sequence[str | None]) -> AbstractContextManager[Any]:
    """Start a span for work that was left behind by `submitters`, given as `traceparent`s: in the
    current trace, which sets it off, or else in one of its own."""
    tracer = _tracer()
    if tracer is None:
        return nullcontext(NoSpan())
    context_of = sys.modules["tracer"].Context.from_traceparent
    return tracer.trace(name, submitter=[context_of(text) for text in submitters])


def current() -> Span | None:
    """Return the current span, to go on in its trace elsewhere (`within`); None if there is
    none."""
    return _current_span()


def within(span: Span | None) -> AbstractContextManager[None]:
    """Go on in the trace of a span of another thread; None changes nothing."""
    tracer = _tracer()
    return tracer.activate(span) if tracer else nullcontext()


def traceparent() -> str:
    """Return the current span as W3C's `traceparent`, to be kept with what it leaves behind; empty
    if there is none."""
    context = _current_context()
    return context.traceparent if context else ""


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


def date_by(clock: Callable[[], int]) -> None:
    """Have spans dated by a clock that tells the time of day, ns since 1970."""
    if tracer := _tracer():
        tracer.configure(clock=clock)


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
