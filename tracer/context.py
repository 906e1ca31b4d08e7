"""Where we are: the current span of this thread or task, and the part of it that travels."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .span import Span

active: ContextVar[Span | Context | None] = ContextVar("tracer.active", default=None)
"""The current span, or the context received from another service, of this thread or task.

A context variable rather than a thread local: `asyncio` gives each task its own copy.
"""


@dataclass(frozen=True, slots=True)
class Context:
    """What another process must know of a span to become its child."""

    trace_id: int
    """128 bits, never 0."""
    span_id: int
    """64 bits; 0 where a trace was named but no span of it."""
    priority: int | None = None
    """Whether the trace is kept: above 0 yes, otherwise no; None where nobody has decided yet."""
    tracestate: str = ""
    """What other vendors' tracers sent along (W3C `tracestate`), to be handed on as it came."""

    @property
    def sampled(self) -> bool:
        """Whether the trace is kept."""
        return self.priority is not None and self.priority > 0

    @property
    def traceparent(self) -> str:
        """The W3C form, `00-<trace id>-<span id>-<01 if sampled>`."""
        return f"00-{self.trace_id:032x}-{self.span_id:016x}-{self.sampled:02x}"
