"""What follows from records: whose call each of them is, and the graph of the services."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from collector.infer.callers import Callers, find_callers
from collector.infer.convolution import correlate
from collector.infer.join import candidates
from collector.infer.nesting import Placement, place
from collector.infer.records import Record
from collector.infer.said_calls import as_said, with_said_calls


@dataclass(frozen=True)
class Edge:
    """The calls from one service to another, as inferred."""

    caller: str
    called: str
    calls: int
    confidence: float
    """How sure it is, from 0 to 1: the mean over its calls of the caller's probability, times how
    sure it is that the two do not merely coincide."""
    ambiguous: float
    """Share of the calls with more than one possible caller."""
    duration: int = 0
    """Sum of the calls' durations, ns; 0 if the records have none."""
    how: str = "nesting"
    """`id`, `nesting`, `said` or `convolution`."""


@dataclass(frozen=True)
class Inference:
    """Records, and what follows from them."""

    records: list[Record]
    """In the order of their starts."""
    placements: list[Placement]
    """One for each record."""
    callers: Callers
    moments: list[Record]
    """Records that only say when something ended. They are in the graph, not in any trace."""

    @cached_property
    def edges(self) -> list[Edge]:
        """The calls between services, the most first."""
        edges = [*self._nested(), *self._correlated()]
        return sorted(edges, key=lambda edge: (-edge.calls, edge.caller, edge.called))

    @cached_property
    def guessed(self) -> set[int]:
        """Indexes of the calls with more than one possible caller."""
        return {index for index, (_, _, possible) in enumerate(self.placements) if possible > 1}

    @property
    def placed(self) -> int:
        """Number of records that are somebody's call."""
        return sum(placement.parent >= 0 for placement in self.placements)

    def _nested(self) -> list[Edge]:
        by_edge: dict[tuple[str, str], list[int]] = defaultdict(list)
        for index, (record, placement) in enumerate(
            zip(self.records, self.placements, strict=True)
        ):
            caller = self.records[placement.parent].service if placement.parent >= 0 else ""
            if (caller := caller or record.caller) and caller != record.service:
                by_edge[caller, record.service].append(index)
        return [self._edge(*edge, indexes) for edge, indexes in by_edge.items()]

    def _edge(self, caller: str, called: str, indexes: Sequence[int]) -> Edge:
        placements = [self.placements[index] for index in indexes]
        records = [self.records[index] for index in indexes]
        sure = self.callers.support.get((caller, called), 1.0)
        return Edge(
            caller,
            called,
            len(indexes),
            sure * sum(placement.confidence for placement in placements) / len(indexes),
            sum(placement.possible > 1 for placement in placements) / len(indexes),
            sum(record.end - record.start for record in records),
            _how(records, placements),
        )

    def _correlated(self) -> list[Edge]:
        """Return the edges to and from services of which only moments are known."""
        services = {record.service for record in self.moments}
        found = correlate([*self.records, *self.moments]) if services else []
        return [
            Edge(peak.caller, peak.called, peak.calls, peak.confidence, 1.0, how="convolution")
            for peak in found
            if services & {peak.caller, peak.called}
        ]


def infer(records: Sequence[Record]) -> Inference:
    """Return what follows from the records, given in any order."""
    timed = [record for record in records if record.has_duration]
    moments = [record for record in records if not record.has_duration]
    ordered = sorted(with_said_calls(timed), key=lambda record: (record.start, -record.end))
    possible = as_said(ordered, candidates(ordered))
    callers = find_callers(ordered, possible)
    return Inference(ordered, place(ordered, possible, callers), callers, moments)


def _how(records: Sequence[Record], placements: Sequence[Placement]) -> str:
    if all(record.caller for record in records):
        return "said"
    if all(record.request_id for record in records):
        return "id"
    return "nesting"
