"""What becomes of traces: of one that was decided on, and of all of a round."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from collector.model import Chunk
from collector.sampling.holding import Counts, Decision
from collector.sampling.waiting_traces import DueTrace


class Part(NamedTuple):
    """A part of a trace as it is held."""

    id: int
    chunk: Chunk
    size: int
    """Its bytes."""


class Outcome:
    """What was decided in a round, and what is to be done about it."""

    def __init__(self) -> None:
        self.decisions: list[tuple[int, Decision]] = []
        """The new ones, by the keys of their traces."""
        self.counts: dict[tuple[bool, str], Counts] = {}
        """By whether they are kept, and why."""
        self.kept: list[tuple[Part, Decision]] = []
        self.done: list[int] = []
        """Where spans were held of which nothing is kept."""
        self.rootless: list[DueTrace] = []
        """Those whose root is to be waited for."""
        self.dropped: Counter[str] = Counter()
        self.late_dropped_spans = self.early = 0

    def take(self, due: DueTrace, parts: list[Part], decision: Decision, *, is_new: bool) -> None:
        """Note what becomes of a trace, or of a late part of one if the decision is not new."""
        size = sum(part.size for part in parts)
        if is_new:
            self.decisions.append((due.key, decision))
            self.early += due.is_early
        if decision.kept:
            self.kept += [(part, decision) for part in parts]
        else:
            self.done += due.trace.ids
            self.dropped.update(traces=int(is_new), spans=due.trace.spans, bytes=size)
            self.late_dropped_spans += 0 if is_new else due.trace.spans
        sums = self.counts.setdefault((decision.kept, decision.reason), Counts(0, 0, 0))
        self.counts[decision.kept, decision.reason] = sums.plus(int(is_new), due.trace.spans, size)
