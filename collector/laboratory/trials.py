"""Samples drawn many times over, and how far they are from the truth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import NamedTuple

import msgspec

from collector.analysis.percentiles import nearest_rank
from collector.laboratory.needed import TOLERANCE
from collector.laboratory.plan import Plan
from collector.laboratory.population import Drawn, Edge, Figures, Population

MAX_TRIALS = 200
"""How often a sample is drawn: enough for the 2.5th and the 97.5th percentile of what comes out."""
MIN_TRIALS = 20
MAX_DRAWN_TRACES = 400_000
"""Traces drawn in all trials of a plan, some seconds of work; if they are many at a time, there are
fewer trials."""

PERCENTILES = ("p50", "p95", "p99")


class Range(msgspec.Struct, frozen=True):
    """What came of the trials: the median, and where the middle 95 % of them are."""

    median: float
    low: float
    high: float


class Trials(NamedTuple):
    """What came of drawing a sample many times over."""

    number: int
    """How many there were."""
    traces: Range
    bytes: Range
    represented: Range
    errors: dict[str, Range | None]
    """By figure, how far it is off; None if no trial had any trace."""
    edges_seen: Range | None
    """Share of the map's edges that are there; None if there are none to see."""
    empty: float
    """Share of the trials in which nothing was kept."""
    p99_right: float
    """Share of the trials in which p99 is within the tolerance."""
    slowest_kept: float
    """Share of the trials in which the slowest trace is kept."""
    found: dict[str, float]
    """By kind of finding, the share of the trials in which a detector still finds it."""


def tried(
    population: Population,
    truth: Figures,
    plan: Plan,
    random: Random,
    give_way: Callable[[], None],
) -> Trials:
    """Draw by a plan many times over. `give_way` is called after each sample."""
    slowest = population.slowest
    samples: list[Figures] = []
    slowest_kept = 0
    for _ in range(number_of_trials(plan)):
        sample = plan.draw(random)
        samples.append(population.figures(sample))
        slowest_kept += _has(sample, slowest)
        give_way()
    errors = {
        name: [error for each in samples if (error := off(each, truth, name)) is not None]
        for name in (*PERCENTILES, "error_rate", "edges")
    }
    found = Counter(kind for each in samples for kind in each.kinds)
    in_order = sorted(truth.kinds, key=lambda kind: kind.kind)  # each process has its own for sets
    right = sum(abs(error) <= TOLERANCE for error in errors["p99"])
    count = len(samples)
    return Trials(
        count,
        range_of([each.traces for each in samples]),
        range_of([each.bytes for each in samples]),
        range_of([each.represented for each in samples]),
        {name: range_of(values) if values else None for name, values in errors.items()},
        range_of([share_seen(each.calls, truth.calls) for each in samples])
        if truth.calls
        else None,
        sum(not each.traces for each in samples) / count,
        right / count,
        slowest_kept / count,
        {kind.kind: found[kind] / count for kind in in_order},
    )


def number_of_trials(plan: Plan) -> int:
    """Return how often to draw by a plan."""
    affordable = int(MAX_DRAWN_TRACES / max(1.0, plan.expected_traces))
    return max(MIN_TRIALS, min(MAX_TRIALS, affordable))


def off(sample: Figures, truth: Figures, name: str) -> float | None:
    """Return how far a figure of a sample is from the true one; None if the sample has none.

    Percentiles as a share of the true one, the error rate as a difference of two shares, the edges
    of the map as all calls that are too many or too few, as a share of the true number of calls.
    """
    if name == "edges":
        is_known = bool(sample.traces and truth.calls)
        return edges_off(sample.calls, truth.calls) if is_known else None
    if name == "error_rate":
        if sample.error_rate is None or truth.error_rate is None:
            return None
        return sample.error_rate - truth.error_rate
    if sample.latency is None or truth.latency is None:
        return None
    true = getattr(truth.latency, name)
    return getattr(sample.latency, name) / true - 1 if true else 0.0


def edges_off(calls: Mapping[Edge, float], true: Mapping[Edge, float]) -> float:
    """Return how far the edges of a map are from the true ones."""
    edges = calls.keys() | true.keys()
    wrong = sum(abs(calls.get(edge, 0.0) - true.get(edge, 0.0)) for edge in edges)
    return wrong / sum(true.values())


def share_seen(calls: Mapping[Edge, float], true: Mapping[Edge, float]) -> float:
    """Return which share of the true edges is there."""
    return sum(edge in calls for edge in true) / len(true)


def range_of(values: Sequence[float]) -> Range:
    """Return the median of one or more values, and the 2.5th and the 97.5th percentile, by nearest
    rank."""
    ordered = sorted(values)
    low, median, high = (nearest_rank(ordered, share) or 0.0 for share in (0.025, 0.5, 0.975))
    return Range(median, low, high)


def _has(sample: Sequence[Drawn], place: int | None) -> bool:
    return any(drawn.place == place for drawn in sample)
