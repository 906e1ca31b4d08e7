"""A segment: what all spans below one local root share, this process's part of a trace."""

from __future__ import annotations

import os
from collections.abc import Callable
from time import monotonic_ns, time_ns
from typing import Any

Spans = list[Any]
"""Spans, `tracer.span.Span`: that module imports this one."""
PARTIAL_FLUSH_SPANS = 1000
"""Finished spans at which a segment hands them over without waiting for its root."""

_READINGS = 3
_INTERRUPTED_NS = 20_000
"""Two readings that are further apart than this had something between them."""

_process = 0
"""Number of forks between the first process and this one."""


class Segment:
    """What spans below one local root share, with those of them that are finished.

    AWS X-Ray calls it a segment, Datadog a trace chunk; OpenTelemetry has no word for it.
    """

    __slots__ = (
        "deliver",
        "epoch_offset",
        "finished",
        "priority",
        "probability",
        "process",
        "root",
        "trace_id",
        "tracestate",
    )

    def __init__(
        self,
        deliver: Callable[[Spans], None],
        trace_id: int,
        tracestate: str = "",
        clock: Callable[[], int] = time_ns,
    ) -> None:
        self.deliver = deliver
        """Takes finished spans."""
        self.trace_id = trace_id
        self.tracestate = tracestate
        self.priority = 0
        """Kept if above 0, see `sampling`."""
        self.probability: float | None = None
        """With which probability a trace like this one is kept; None if that is not known."""
        self.finished: Spans = []
        self.root: Any = None
        """The local root until it is finished; after that, each span is handed over at once."""
        self.process = _process
        # Spans are timed by the monotonic clock alone, which never jumps, so that a child lies
        # within its parent whatever happens to the time of day. This offset turns its readings
        # into ns since 1970. It is taken once for all spans of a segment, to keep them in step,
        # and again for the next, so that traces are dated right after a laptop slept.
        self.epoch_offset = _epoch_offset(clock)

    def flush(self) -> None:
        """Hand over the finished spans, the root first.

        Other threads may finish spans meanwhile: `append` and `pop` are atomic, so each span is
        handed over once, here or by the thread that finished it.
        """
        spans: Spans = []
        try:
            while True:
                spans.append(self.finished.pop())
        except IndexError:
            pass
        if spans and self.process == _process:
            self.hand_over(spans)

    def hand_over(self, spans: Spans) -> None:
        """Deliver finished spans."""
        self.deliver(spans)


def _epoch_offset(clock: Callable[[], int]) -> int:
    """Return what to add to a reading of the monotonic clock to have ns since 1970.

    Both clocks are read again if the thread was interrupted in between: the offset would be wrong
    by as much, and look like a machine's clock that is.
    """
    for _ in range(_READINGS):
        before = monotonic_ns()
        now = clock()
        after = monotonic_ns()
        if after - before < _INTERRUPTED_NS:
            break
    return now - after


def _after_fork() -> None:
    global _process
    _process += 1


os.register_at_fork(after_in_child=_after_fork)
