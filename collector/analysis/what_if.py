"""What if this were faster? The stored traces, played again with some changes."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import accumulate

import msgspec

from collector.analysis.change import Change, Changes
from collector.analysis.replay import replay
from collector.analysis.trace import Trace
from collector.analysis.weight import UNIT


class Latency(msgspec.Struct, frozen=True):
    """Durations of roots, ns; exact, by nearest rank, each trace with its weight."""

    mean: float
    p50: int
    p95: int
    p99: int


class Prediction(msgspec.Struct, frozen=True):
    """The root's durations as measured and as predicted."""

    count: int
    """The traces that were played."""
    measured: Latency
    predicted: Latency
    concerned: float
    """Share of the traces whose duration changes."""


def predict(traces: Iterable[Trace], changes: Iterable[Change]) -> Prediction:
    """Replay each trace with the changes and compare durations (`collector.analysis.replay`)."""
    found = Changes(changes)
    measured, predicted, weights = [], [], []
    for trace in traces:
        measured.append(trace.duration)
        predicted.append(replay(trace, found))
        weights.append(trace.weight)
    different = sum(before != after for before, after in zip(measured, predicted, strict=True))
    return Prediction(
        count=len(measured),
        measured=latency(measured, weights),
        predicted=latency(predicted, weights),
        concerned=different / max(1, len(measured)),
    )


def latency(durations: list[int], weights: list[int]) -> Latency:
    """Mean and percentiles of weighted durations, all 0 without any."""
    if not durations:
        return Latency(0.0, 0, 0, 0)
    ordered = sorted(zip(durations, weights, strict=True))
    reached = list(accumulate(weight for _, weight in ordered))

    def quantile(share: float) -> int:
        wanted = share * reached[-1] - UNIT * 1e-6
        return next(d for (d, _), sofar in zip(ordered, reached, strict=True) if sofar >= wanted)

    mean = sum(duration * weight for duration, weight in ordered) / reached[-1]
    return Latency(mean, quantile(0.5), quantile(0.95), quantile(0.99))
