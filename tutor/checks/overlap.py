"""What the pairings of a burst did at the same time, and what they waited for, by their traces."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from tutor.checks.burst import Burst
from tutor.checks.probe import Probe
from tutor.checks.stored_trace import Span, Trace, most_at_once


@dataclass(frozen=True)
class Together:
    """The `traces` of a burst. At some moment there were so many `calls` to the taster under way,
    so many of them that its server was at (`answers`), and so many `tastes`."""

    traces: Sequence[Trace]
    calls: int
    answers: int
    tastes: int

    def beside(self, other: Together) -> str:
        """How many times as much went on at once as in `other`, in words."""
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
        """Whether somebody waited for the palate behind somebody else."""
        return any(span.tags.get("waiting_behind") for span in spans(self.traces, "palate.wait"))

    def waits(self) -> str:
        """What a pairing waited for, on the average."""
        waited = {
            "connection": sum(span.duration for span in spans(self.traces, "db.pool.wait")),
            "server": sum(
                span.start - span.parent.start for span in served(self.traces) if span.parent
            ),
            "palate": sum(span.duration for span in spans(self.traces, "palate.wait")),
        }
        return ", ".join(
            f"{what} {nanoseconds / len(self.traces) / 1e6:.0f} ms"
            for what, nanoseconds in waited.items()
        )


def together(app: Probe, burst: Burst) -> Together:
    """What the traces of a burst say. Raises as `Probe.trace` does."""
    with ThreadPoolExecutor(len(burst.replies)) as pool:  # each of them is waited for
        traces = list(pool.map(app.trace, burst.replies))
    calls = [span.parent for span in served(traces) if span.parent]
    tastes = spans(traces, "palate.taste")
    return Together(traces, *(most_at_once(each) for each in (calls, served(traces), tastes)))


def served(traces: Sequence[Trace]) -> list[Span]:
    """The taster's server spans."""
    return spans(traces, "flask.request", "taster")


def spans(traces: Sequence[Trace], name: str, service: str = "") -> list[Span]:
    """The spans of that name in all the traces."""
    return [span for trace in traces for span in trace.find(name, service=service)]
