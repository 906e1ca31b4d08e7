"""Which traces a collector that samples at the tail has kept."""

from __future__ import annotations

import time
from collections.abc import Sequence

from tutor.checks.probe import SETTLE_S, Probe, Reply
from tutor.checks.stored_trace import Trace
from tutor.collector import Collector
from tutor.failure import CheckFailed

MAX_HELD_S = 30.0
"""The time for which a trace may be held before it is decided on."""


def samples_at_tail(app: Probe) -> bool:
    """Return whether the collector holds traces to decide on them."""
    return Collector(app.target.collector).tail_wait_s() > 0


def kept_traces(app: Probe, replies: Sequence[Reply]) -> list[Trace]:
    """Return the traces of these replies that are stored, once all of them are decided on.

    Raises `CheckFailed` if that takes too long.
    """
    collector = Collector(app.target.collector)
    last = max(reply.received for reply in replies)
    time.sleep(max(0.0, last + SETTLE_S - time.monotonic()))
    deadline = time.monotonic() + MAX_HELD_S
    kept = []
    for reply in replies:
        trace_id = reply.trace_id or ""
        while (answer := collector.trace(trace_id)) is None and collector.holds(trace_id):
            if time.monotonic() > deadline:
                raise CheckFailed(
                    f"every trace to be kept or dropped within {MAX_HELD_S:.0f} s",
                    "some are still held",
                    "the policies' wait_s",
                )
            time.sleep(0.1)
        if answer:
            kept.append(Trace(answer, collector, f"{app.target.ui}/trace/{trace_id}"))
    return kept


def weight(trace: Trace) -> float:
    """Return for how many traces one stands that the tail has kept."""
    rate = trace.spans[0].details["tags"].get("sampling.tail_rate", 1.0)
    return 1 / float(rate)
