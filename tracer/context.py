"""The part of a span that travels to other services."""

from __future__ import annotations

import re
from typing import final

from msgspec import Struct

_TRACEPARENT = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")


@final
class Context(Struct, frozen=True):
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

    @classmethod
    def from_traceparent(cls, text: object) -> Context | None:
        """Return the context in a `traceparent`, however it was kept: with an entry of a cache, an
        item of a batch, a row. None if it is not a valid one."""
        match = _TRACEPARENT.fullmatch(text) if type(text) is str else None
        if not match:
            return None
        version, trace_digits, span_digits, flags, more = match.groups()
        trace_id, span_id = int(trace_digits, 16), int(span_digits, 16)
        if not trace_id or not span_id or version == "ff" or (version == "00" and more):
            return None
        return cls(trace_id, span_id, int(flags, 16) & 1)
