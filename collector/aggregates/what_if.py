"""What if: stored traces replayed with changes, or read for what happens when a service is down."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from collector.aggregates.answer_parts import Json, sample_json
from collector.aggregates.duration_bars import DurationBars
from collector.aggregates.trace_set import Sample
from collector.analysis.change import Change
from collector.analysis.fold import OUTSIDE, Fold
from collector.analysis.graph_summary import EdgeSummary, NodeSummary, costliest, summarize_fold
from collector.analysis.outage import outcomes_without
from collector.analysis.trace import Trace
from collector.analysis.weight import WEIGHT_UNIT
from collector.analysis.what_if import predict

MAX_OPERATIONS = 60
"""Operations offered for a change, those with most time on the critical path."""

HOW_COMPUTED = {
    "measured": "durations of the traces that were replayed, exact, by nearest rank, each trace"
    " counted 1 / its sampling probability (collector.analysis.percentiles.latency)",
    "predicted": "the same traces replayed with the changes: a call begins when all that had"
    " ended before it have ended, plus the time its parent then took (collector.analysis.replay);"
    " of the calls to a cache, those that miss are drawn evenly (collector.analysis.cache_misses);"
    " what other requests gain is not in it",
    "concerned": "share of the replayed traces whose duration changes",
    "critical_mean": "time on the critical path per trace, over the whole sample"
    " (collector.analysis.graph_summary.summarize_fold)",
    "own_mean": "self time per trace (collector.analysis.self_time)",
}
HOW_OUTAGE_COMPUTED = {
    "verdict": "read off the stored traces in which all calls to the service failed (no connection,"
    " a timeout, a 5xx): fails if half of the answers or more failed as well"
    " (collector.analysis.outage.outcomes_without)",
    "failing": "share of the requests that call the service, times the share that failed when it"
    " was away; unknown if it never was",
    "failing_range": "what these two shares may be by chance, each at 95 %, for so few traces"
    " (collector.analysis.share_bounds)",
}


def what_if(sample: Sample, fold: Fold, traces: Sequence[Trace], changes: list[Change]) -> Json:
    """Return the answer of /api/what-if. The fold is the sample's, by operation; `traces` are those
    of the sample to be replayed."""
    prediction = predict(traces, changes)
    weights = prediction.weights
    measured, predicted = prediction.measured_durations, prediction.predicted_durations
    bars = DurationBars(min(measured + predicted, default=0), max(measured + predicted, default=0))
    return {
        "count": prediction.traces,
        "measured": prediction.measured if traces else None,
        "predicted": prediction.predicted if traces else None,
        "concerned": prediction.concerned,
        "changes": [_change_json(change) for change in changes],
        "operations": _operations(fold),
        "histograms": {
            "bars": bars.json() if traces else [],
            "measured": _heights(measured, weights, bars),
            "predicted": _heights(predicted, weights, bars),
        },
        "sample": _replayed_sample(sample, traces),
        "how": HOW_COMPUTED,
    }


def outage(sample: Sample, traces: Sequence[Trace], service: str) -> Json:
    """Return the answer of /api/away, read off those traces of the sample."""
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
                "failing_range": outcome.failing_range,
            }
            for outcome in outcomes_without(traces, service)
        ],
        "sample": _replayed_sample(sample, traces),
        "how": HOW_OUTAGE_COMPUTED,
    }


def _replayed_sample(sample: Sample, traces: Sequence[Trace]) -> Json:
    """Return a SAMPLE of docs/api.md, with how much of it was read span by span."""
    answer = sample_json(sample)
    answer["played"] = len(traces)
    if len(traces) < len(sample.cards):
        how = f"{answer['how']}; of these the newest {len(traces):,} were read span by span"
        answer["how"] = how
    return answer


def _change_json(change: Change) -> Json:
    fields = msgspec.structs.asdict(change)
    del fields["operation"]
    return change.operation._asdict() | fields


def _heights(durations: list[int], weights: list[int], bars: DurationBars) -> list[float]:
    heights = [0] * len(bars) if durations else []
    for duration, weight in zip(durations, weights, strict=True):
        heights[bars.number_of(duration)] += weight
    return [height / WEIGHT_UNIT for height in heights]


def _operations(fold: Fold) -> list[Json]:
    """Return the operations that one might change, with most time on the critical path first."""
    summary = summarize_fold(fold, costliest(fold, MAX_OPERATIONS))
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
        for node in summary.nodes
    ]


def _ways(node: NodeSummary, edges: list[EdgeSummary]) -> list[str]:
    """Return the changes that make sense: what is called once cannot be batched, what begins a
    trace or waits cannot be kept in a cache."""
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
