"""Unitary sampling, in which each span decides for itself: what is left of traces."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import sqrt
from random import Random
from typing import NamedTuple

from collector.aggregates.findings import FindingKind
from collector.analysis.detectors import detect
from collector.analysis.trace import read_trace
from collector.analysis.weight import WEIGHT_UNIT
from collector.laboratory.plan import chosen
from collector.laboratory.population import Edge, Population
from collector.laboratory.trials import Range, edges_off, range_of, share_seen
from collector.model import Span

SPECIMENS_OF_A_KIND = 50
"""Traces with one kind of finding that are thinned out and looked at again, chosen by chance."""
MAX_SPECIMEN_SPANS = 30_000
_DEVIATIONS = 1.96
"""Standard deviations to either side that 95 % of a normal distribution are in."""


class Size(NamedTuple):
    """How large a trace is."""

    spans: int
    linked: int
    """Spans whose parent is stored, too."""
    bytes: int


def size_of(spans: Sequence[Span], stored_bytes: int) -> Size:
    """Return how large a trace is."""
    ids = {span.span_id for span in spans}
    linked = sum(span.parent_id in ids and span.parent_id != span.span_id for span in spans)
    return Size(len(spans), linked, stored_bytes)


class Specimens:
    """Traces in which detectors find something, to see what they find once spans are missing."""

    def __init__(
        self, population: Population, kinds: Iterable[FindingKind], random: Random
    ) -> None:
        in_order = sorted(kinds, key=lambda kind: kind.kind)  # else the seed would not be enough
        showing = {kind.kind: frozenset(population.showing(kind)) for kind in in_order}
        self._showing = {kind: indexes for kind, indexes in showing.items() if indexes}
        self._wanted: dict[int, set[str]] = {}
        for kind, indexes in self._showing.items():
            for index in random.sample(sorted(indexes), min(SPECIMENS_OF_A_KIND, len(indexes))):
                self._wanted.setdefault(index, set()).add(kind)
        self._spans: dict[int, list[Span]] = {}
        self._left = MAX_SPECIMEN_SPANS

    def see(self, index: int, spans: list[Span]) -> None:
        """Keep a trace if it is one of them, and not too large."""
        if index in self._wanted and len(spans) <= self._left:
            self._spans[index] = spans
            self._left -= len(spans)

    def still_found(self, rate: float, random: Random) -> tuple[dict[str, float | None], float]:
        """Return by kind how likely a detector finds it in at least one trace of which each span is
        kept at a rate, None if no trace was tried; and in which share of those tried it finds
        something that is not in the whole trace."""
        tried, shown = dict.fromkeys(self._showing, 0), dict.fromkeys(self._showing, 0)
        wrong = 0
        for index, spans in self._spans.items():
            left = [span for span in spans if random.random() < rate]
            kinds = {finding.kind for finding in detect(read_trace("", left))} if left else set()
            whole = {kind for kind, indexes in self._showing.items() if index in indexes}
            wrong += bool(kinds - whole)
            for kind in self._wanted[index]:
                tried[kind] += 1
                shown[kind] += kind in kinds
        found = {
            kind: 1 - (1 - shown[kind] / tried[kind]) ** len(indexes) if tried[kind] else None
            for kind, indexes in self._showing.items()
        }
        return found, wrong / max(1, len(self._spans))


class Broken(NamedTuple):
    """What is left of traces whose spans were kept at a rate, on average."""

    seen: Range
    """Traces of which at least one span is left."""
    whole: float
    """Traces of which all are left."""
    bytes: Range
    spans: float
    orphans: float
    """Share of the spans that are left whose parent was stored and is not left."""

    @property
    def untrusted(self) -> float:
        """Share of the traces seen whose critical path cannot be trusted: spans are missing."""
        return 1 - self.whole / self.seen.median if self.seen.median else 0.0


def broken(sizes: Sequence[Size], rate: float) -> Broken:
    """Return what is left, on average, if each span is kept at a rate. That is computed, not
    drawn."""
    seen = [1 - (1 - rate) ** size.spans for size in sizes]
    spans = sum(size.spans for size in sizes)
    variance = rate * (1 - rate) * sum(s.bytes**2 / s.spans for s in sizes if s.spans)
    return Broken(
        _around(sum(seen), sum(share * (1 - share) for share in seen)),
        sum(rate**size.spans for size in sizes if size.spans),
        _around(rate * sum(size.bytes for size in sizes), variance),
        rate * spans,
        (1 - rate) * sum(size.linked for size in sizes) / spans if spans else 0.0,
    )


def map_of_pairs(
    calls: dict[Edge, float], rate: float, trials: int, random: Random
) -> tuple[Range, Range]:
    """Return how far the edges of the map are off, and which share of them is there, if each span
    is kept at a rate.

    A call is seen only if both of its spans are left, with probability rate², and counts 1 / rate,
    as every span does: so there are too few of them, always. Calls are drawn one by one, as if no
    two had a span in common.
    """
    off, seen = [], []
    for _ in range(trials):
        left = {}
        for edge, number in calls.items():
            pairs = sum(1 for _ in chosen(round(number / WEIGHT_UNIT), rate**2, random))
            if pairs:
                left[edge] = pairs * WEIGHT_UNIT / rate
        off.append(edges_off(left, calls))
        seen.append(share_seen(left, calls))
    return range_of(off), range_of(seen)


def _around(mean: float, variance: float) -> Range:
    spread = _DEVIATIONS * sqrt(variance)
    return Range(mean, max(0.0, mean - spread), mean + spread)
