"""What if: stored traces played again with changes, or read for what happens without a service."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from collector.aggregates.answer_parts import Json, sample
from collector.aggregates.buckets import Bars
from collector.aggregates.sum_cache import Picked
from collector.analysis.change import Change, Changes
from collector.analysis.fold import OUTSIDE, Fold
from collector.analysis.graph_summary import EdgeSummary, NodeSummary, summarize
from collector.analysis.outage import without
from collector.analysis.replay import replay
from collector.analysis.trace import Trace
from collector.analysis.weight import UNIT
from collector.analysis.what_if import latency

OPERATIONS = 60
"""Offered for a change: the most critical."""

HOW = {
    "measured": "durations of the traces that were played, exact, by nearest rank, each trace"
    " counted 1 / its sampling probability (collector.analysis.what_if.latency)",
    "predicted": "the same traces played again with the changes: a call begins when all that had"
    " ended before it have ended, plus the time its parent then took (collector.analysis.replay);"
    " what other requests gain is not in it",
    "concerned": "share of the played traces whose duration changes",
    "critical_mean": "time on the critical path per trace, over the whole sample"
    " (collector.analysis.graph_summary.summarize)",
    "own_mean": "self time per trace (collector.analysis.self_time)",
}
HOW_AWAY = {
    "verdict": "read off the stored traces in which a call to the service failed: fails where half"
    " of the answers or more failed as well (collector.analysis.outage.without)",
    "failing": "share of the route's requests expected to fail",
}


def what_if(picked: Picked, fold: Fold, played: list[Trace], changes: list[Change]) -> Json:
    """The answer of /api/what-if."""
    found = Changes(changes)
    weights = [trace.weight for trace in played]
    measured = [trace.duration for trace in played]
    predicted = [replay(trace, found) for trace in played]
    bars = Bars(min(measured + predicted, default=0), max(measured + predicted, default=0))
    different = sum(map(int.__ne__, measured, predicted))
    return {
        "count": len(played),
        "measured": latency(measured, weights) if played else None,
        "predicted": latency(predicted, weights) if played else None,
        "concerned": different / max(1, len(played)),
        "changes": [_echo(change) for change in changes],
        "operations": _operations(fold),
        "histograms": {
            "bars": bars.json() if played else [],
            "measured": _heights(measured, weights, bars),
            "predicted": _heights(predicted, weights, bars),
        },
        "sample": _played(picked, played),
        "how": HOW,
    }


def away(picked: Picked, played: Sequence[Trace], service: str) -> Json:
    """The answer of /api/away."""
    outcomes = without(played, service)
    return {
        "service": service,
        "outcomes": [
            {
                "service": outcome.route.service,
                "resource": outcome.route.resource,
                "traces": outcome.traces,
                "needing": outcome.needing,
                "seen": outcome.seen,
                "failed": outcome.failed,
                "verdict": outcome.verdict,
                "failing": outcome.failing,
            }
            for outcome in outcomes
        ],
        "sample": _played(picked, played),
        "how": HOW_AWAY,
    }


def _played(picked: Picked, played: Sequence[Trace]) -> Json:
    """The sample, and how much of it was played."""
    told = sample(picked)
    told["played"] = len(played)
    if len(played) < len(picked.cards):
        told["how"] = f"{told['how']}; of these the newest {len(played):,} were read span by span"
    return told


def _echo(change: Change) -> Json:
    told = msgspec.structs.asdict(change)
    del told["operation"]
    return change.operation._asdict() | told


def _heights(durations: list[int], weights: list[int], bars: Bars) -> list[float]:
    heights = [0] * len(bars) if durations else []
    for duration, weight in zip(durations, weights, strict=True):
        heights[bars.of(duration)] += weight
    return [height / UNIT for height in heights]


def _operations(fold: Fold) -> list[Json]:
    """What might be changed, the most critical first."""
    summary = summarize(fold)
    edges_to: dict[str, list[EdgeSummary]] = {}
    for edge in summary.edges:
        edges_to.setdefault(edge.called, []).append(edge)
    return [
        {
            "service": node.service,
            "name": node.name,
            "resource": node.resource,
            "type": node.type,
            "calls": node.calls / max(1, summary.traces),
            "critical_mean": node.critical_mean,
            "critical_share": node.critical_share,
            "own_mean": node.own_mean,
            "ways": _ways(node, edges_to.get(node.key, [])),
            "times": max((edge.times for edge in edges_to.get(node.key, [])), default=1),
        }
        for node in summary.nodes[:OPERATIONS]
    ]


def _ways(node: NodeSummary, edges: list[EdgeSummary]) -> list[str]:
    """The changes that make sense: what is called once cannot be batched, what begins a trace or
    waits cannot be kept in a cache."""
    ways = ["scale"]
    if node.name.endswith(".wait"):
        return ways
    if all(edge.caller != OUTSIDE for edge in edges):
        ways.append("cache")
    if any(edge.way == "sequential" for edge in edges):
        ways += ["batch", "parallel"]
    elif any(edge.times > 1 for edge in edges):
        ways.append("batch")
    return ways
