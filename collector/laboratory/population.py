"""The traces that the laboratory samples, and what the figures of any of them are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from collector.aggregates.digest import Card
from collector.aggregates.findings import FindingKind, cross_trace_findings
from collector.analysis.detectors import CrossTraceFinding
from collector.analysis.percentiles import Latency, latency
from collector.analysis.weight import WEIGHT_UNIT

Edge = tuple[str, str]
"""Caller and called on the map, by their keys."""


class Subject(NamedTuple):
    """A stored trace."""

    card: Card
    bytes: int
    """Of its spans, as they are stored."""
    calls: Mapping[Edge, int]
    """What it adds to the edges of the map, weighted in thousandths."""


class Drawn(NamedTuple):
    """A trace that a sample has kept."""

    place: int
    """Its place in the population."""
    stands_for: float
    """1 / the probability with which it was kept: how many like it were there to begin with."""


class Figures(NamedTuple):
    """What some of the traces say about all of them."""

    traces: int
    """Traces kept."""
    bytes: int
    represented: float
    """For how many traces they stand."""
    latency: Latency | None
    """None if none of them has a duration."""
    error_rate: float | None
    """Share that failed; None without traces."""
    calls: dict[Edge, float]
    """Calls on the edges of the map."""
    kinds: frozenset[FindingKind]
    """What detectors find."""


class Population:
    """The traces of a set."""

    def __init__(self, subjects: Sequence[Subject]) -> None:
        self.subjects = subjects
        self.cards = [subject.card for subject in subjects]
        self._kinds = [frozenset(card.finding_kinds()) for card in self.cards]
        self._lookups = [list(card.lookups()) for card in self.cards]

    def __len__(self) -> int:
        return len(self.subjects)

    def everything(self) -> list[Drawn]:
        """Return the sample that keeps all."""
        return [Drawn(index, 1.0) for index in range(len(self))]

    @property
    def slowest(self) -> int | None:
        """The place of the trace that took longest; None if none has a duration."""
        timed = [index for index, card in enumerate(self.cards) if card.timed]
        return max(timed, key=lambda index: self.cards[index].duration, default=None)

    def showing(self, kind: FindingKind) -> list[int]:
        """Return the places of the traces in each of which a detector finds this by itself."""
        return [index for index, kinds in enumerate(self._kinds) if kind in kinds]

    def figures(self, sample: Sequence[Drawn]) -> Figures:
        """Return what a sample says: each trace counts for as many as it stands for."""
        cards, indexes = self.cards, [index for index, _ in sample]
        weights = [round(cards[index].weight * stands_for) for index, stands_for in sample]
        total = sum(weights)
        failed = sum(w for w, index in zip(weights, indexes, strict=True) if cards[index].failed)
        timed = [
            (cards[index].duration, weight)
            for index, weight in zip(indexes, weights, strict=True)
            if cards[index].timed
        ]
        return Figures(
            len(sample),
            sum([self.subjects[index].bytes for index in indexes]),
            total / WEIGHT_UNIT,
            latency([duration for duration, _ in timed], [w for _, w in timed]) if timed else None,
            failed / total if total else None,
            self._calls(sample),
            self._findings(indexes),
        )

    def _calls(self, sample: Sequence[Drawn]) -> dict[Edge, float]:
        calls: dict[Edge, float] = {}
        for index, stands_for in sample:
            for edge, number in self.subjects[index].calls.items():
                calls[edge] = calls.get(edge, 0.0) + number * stands_for
        return calls

    def _findings(self, indexes: Sequence[int]) -> frozenset[FindingKind]:
        """Return what detectors find in these traces, in each of them or in all together."""
        found = frozenset[FindingKind]().union(*[self._kinds[index] for index in indexes])
        together = self.found_together(indexes)
        return found.union(FindingKind(finding.kind, finding.lesson) for finding in together)

    def found_together(self, indexes: Sequence[int]) -> list[CrossTraceFinding]:
        """Return what only all of these traces together show."""
        lookups = (lookup for index in indexes for lookup in self._lookups[index])
        return [finding for _, finding in cross_trace_findings("operation", lookups)]
