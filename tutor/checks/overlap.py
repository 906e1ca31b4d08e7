"""What the pairings of a burst did at the same time, and what they waited for, by their traces."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from tutor.checks.burst import Burst
from tutor.checks.probe import Probe
from tutor.checks.stored_trace import Span, Trace, max_concurrent


@dataclass(frozen=True)
class Overlap:
    """The `traces` of a burst, and how many things were under way at the same moment, counted at
    the busiest one: `calls` to the taster, `answers` that its server was working on, `tastes`."""

    traces: Sequence[Trace]
    calls: int
    answers: int
    tastes: int

    def compared_to(self, other: Overlap) -> str:
        """Say how many times as much went on at once as in `other`."""
        return (
            f"{self.calls / other.calls:.1f}× the calls, {self.answers / other.answers:.1f}× the"
            f" answers, {self.tastes / other.tastes:.1f}× the tastes"
        )

    @property
    def slowest(self) -> Trace:
        """The trace that took longest."""
        return max(self.traces, key=lambda trace: trace.root.duration)

    @property
    def is_locked(self) -> bool:
        """Whether a taste waited for the palate behind another one."""
        waits = find_spans(self.traces, "palate.wait")
        return any(span.tags.get("waiting_behind") for span in waits)

    def waits(self) -> str:
        """Say what a pairing waited for, on average."""
        waited_ns = {
            "connection": sum(span.duration for span in find_spans(self.traces, "db.pool.wait")),
            "server": sum(
                span.start - span.parent.start for span in server_spans(self.traces) if span.parent
            ),
            "palate": sum(span.duration for span in find_spans(self.traces, "palate.wait")),
        }
        return ", ".join(
            f"{what} {nanoseconds / len(self.traces) / 1e6:.0f} ms"
            for what, nanoseconds in waited_ns.items()
        )


def measure_overlap(app: Probe, burst: Burst) -> Overlap:
    """Return what the traces of a burst show. Raises `CheckFailed` as `Probe.trace` does."""
    with ThreadPoolExecutor(len(burst.replies)) as pool:  # each of them is waited for
        traces = list(pool.map(app.trace, burst.replies))
    served = server_spans(traces)
    calls = [span.parent for span in served if span.parent]
    tastes = find_spans(traces, "palate.taste")
    return Overlap(traces, max_concurrent(calls), max_concurrent(served), max_concurrent(tastes))


def server_spans(traces: Sequence[Trace]) -> list[Span]:
    """Return the taster's server spans."""
    return find_spans(traces, "flask.request", "taster")


def find_spans(traces: Sequence[Trace], name: str, service: str = "") -> list[Span]:
    """Return the spans with that name in all the traces, of any service if that is ""."""
    return [span for trace in traces for span in trace.find(name, service=service)]
