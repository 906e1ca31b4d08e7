"""A segment: the part of one trace that is made in this process, on its way to the writer."""

from __future__ import annotations

import os
from time import monotonic_ns, time_ns
from typing import TYPE_CHECKING

from .context import Context, active

if TYPE_CHECKING:
    from .span import Span
    from .tracer import Tracer

PARTIAL_FLUSH = 1000
"""Finished spans that a segment gathers at most; then it sends them ahead of their root."""

_process = 0


class Segment:
    """What all spans that descend from one local root share."""

    __slots__ = (
        "epoch",
        "finished",
        "priority",
        "process",
        "rate",
        "root",
        "trace_id",
        "tracer",
        "tracestate",
    )

    def __init__(self, tracer: Tracer, trace_id: int, tracestate: str = "") -> None:
        self.tracer = tracer
        self.trace_id = trace_id
        self.tracestate = tracestate
        self.priority = 0
        """Kept if above 0, see `sampling`."""
        self.rate: float | None = None
        """The probability of being kept, where this process decided."""
        self.finished: list[Span] = []
        self.root: Span | None = None
        """The local root until it is finished. What finishes later is sent at once."""
        self.process = _process
        # Spans are timed by the monotonic clock alone, which never jumps, so that a child lies
        # within its parent whatever happens to the time of day. This offset turns its readings
        # into ns since 1970. It is taken once for all spans of a segment, to keep them in step,
        # and anew for the next, so that traces are dated right after a laptop slept.
        self.epoch = time_ns() - monotonic_ns()

    def flush(self) -> None:
        """Hand the finished spans to the writer, the root first.

        Threads may finish spans meanwhile: `append` and `pop` are atomic, so each span is handed
        over once, here or by the thread that finished it.
        """
        spans: list[Span] = []
        try:
            while True:
                spans.append(self.finished.pop())
        except IndexError:
            pass
        if spans and self.process == _process:
            self.tracer.writer.put(spans)


def _after_fork() -> None:
    """In a forked child: leave the spans inherited to the parent, which will send them itself.

    The work goes on in the same trace, in a segment of its own.
    """
    global _process
    _process += 1
    span = active.get()
    if span is not None and not isinstance(span, Context):
        active.set(span.context)


os.register_at_fork(after_in_child=_after_fork)
