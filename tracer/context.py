"""The part of a span that travels to other services."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Context:
    """What another process must know of a span to become its child.

    OpenTelemetry and OpenTracing call it a span context.
    """

    trace_id: int
    """128 bits, never 0."""
    span_id: int
    """64 bits; 0 if only the trace was named, without a span in it."""
    priority: int | None = None
    """The sampling priority: the trace is kept if it is above 0; None if nobody has decided yet."""
    tracestate: str = ""
    """What other vendors' tracers sent along (W3C `tracestate`), to be passed on unchanged."""
    probability: float | None = None
    """With which probability a trace like this one is kept; None if that is not known."""

    @property
    def sampled(self) -> bool:
        """Whether the trace is kept."""
        return self.priority is not None and self.priority > 0

    @property
    def traceparent(self) -> str:
        """The W3C form, `00-<trace id>-<span id>-<01 if sampled>`."""
        return f"00-{self.trace_id:032x}-{self.span_id:016x}-{self.sampled:02x}"
