"""A fold as people read it: rates, shares and percentiles, each with how it is computed."""

from __future__ import annotations

import msgspec

from collector.analysis.fold import OUTSIDE, Calls, Exemplar, Fold, Node
from collector.analysis.histogram import Histogram, quantile, quantile_bar
from collector.analysis.repeats import is_n_plus_one
from collector.analysis.weight import UNIT

RARE = 0.01
"""A node seen in fewer than this share of the traces is a rare path: an exception worth a look."""


class Percentiles(msgspec.Struct, frozen=True):
    """Nearest rank over histogram bars, within 1 %; in ns."""

    p50: int
    p95: int
    p99: int


class EdgeSummary(msgspec.Struct, frozen=True):
    """The calls from one node to another."""

    caller: str
    """Key of the calling node, empty where requests come in."""
    called: str
    calls: float
    """Weighted by 1 / sampling probability, as all counts here."""
    errors: float
    probability: float
    """Share of the caller's visits that made at least one such call."""
    per_visit: dict[str, float]
    """Share of the caller's visits that made `0`, `1`, `2` or `3+` such calls."""
    times: int
    """Like calls in a visit that makes any: the median, the 60 of "×60"."""
    way: str
    """How like calls of one visit follow each other: `sequential`, `parallel` where more of them
    overlap the one before than do not, `single` where there are none to compare."""
    n_plus_one: bool
    """`collector.analysis.repeats`."""
    duration: Percentiles
    statuses: dict[str, float]
    network: Percentiles | None
    """Client's less server's duration, None where the edge does not go over the wire."""
    median: Exemplar | None
    slowest: Exemplar | None
    last_error: Exemplar | None


class NodeSummary(msgspec.Struct, frozen=True):
    """All spans with one key."""

    key: str
    service: str
    name: str
    resource: str
    type: str
    traces: float
    """Traces with at least one such span."""
    share: float
    """The same as a share of all traces."""
    rare: bool
    calls: float
    errors: float
    statuses: dict[str, float]
    duration: Percentiles
    """Of its spans, one value each."""
    critical: Percentiles
    """Of its time on the critical path, one value for each trace that has it."""
    critical_mean: float
    """Its ns on the critical path per trace, over all traces. Over all nodes the sum is the mean
    duration of the roots."""
    critical_share: float
    """The same as a share of that mean."""
    own_mean: float
    """Its self time per trace, ns. Where work is parallel these add up to more than the roots."""
    forks: float
    joins: float
    median: Exemplar | None
    """A trace whose span is about as long as the median."""
    slowest: Exemplar | None
    last_error: Exemplar | None


class Graph(msgspec.Struct, frozen=True):
    """A fold, summarised."""

    count: int
    """Traces that were folded; how much evidence there is."""
    traces: float
    mean: float
    """Mean duration of the roots, ns."""
    nodes: list[NodeSummary]
    """By time on the critical path, the most first."""
    edges: list[EdgeSummary]


def summarize(fold: Fold) -> Graph:
    """Every number a graph, a map or a table shows of a fold."""
    nodes = [_node_summary(fold, key, node) for key, node in fold.nodes.items()]
    visits = {key: fold.visits(key) for key in (OUTSIDE, *fold.nodes)}
    edges = [
        _edge_summary(fold, caller, called, calls, visits[caller])
        for called, node in fold.nodes.items()
        for caller, calls in node.callers.items()
    ]
    nodes.sort(key=lambda node: (-node.critical_mean, node.key))
    edges.sort(key=lambda edge: (-edge.calls, edge.caller, edge.called))
    mean = fold.duration / max(1, fold.traces)
    return Graph(fold.count, fold.traces / UNIT, mean, nodes, edges)


def percentiles(bars: Histogram) -> Percentiles:
    """p50, p95 and p99 of a distribution, ns."""
    return Percentiles(quantile(bars, 0.5), quantile(bars, 0.95), quantile(bars, 0.99))


def _node_summary(fold: Fold, key: str, node: Node) -> NodeSummary:
    calls = fold.calls(key)
    median, slowest = examples(calls)
    share = node.traces / max(1, fold.traces)
    return NodeSummary(
        key=key,
        service=node.operation.service,
        name=node.operation.name,
        resource=node.operation.resource,
        type=node.type,
        traces=node.traces / UNIT,
        share=share,
        rare=share < RARE,
        calls=calls.calls / UNIT,
        errors=calls.errors / UNIT,
        statuses={status: weight / UNIT for status, weight in sorted(calls.statuses.items())},
        duration=percentiles(calls.durations),
        critical=percentiles(node.criticals),
        critical_mean=node.critical / max(1, fold.traces),
        critical_share=node.critical / max(1, fold.duration),
        own_mean=node.own / max(1, fold.traces),
        forks=node.forks / UNIT,
        joins=node.joins / UNIT,
        median=median,
        slowest=slowest,
        last_error=calls.last_error,
    )


def _edge_summary(
    fold: Fold, caller: str, called: str, calls: Calls, visits_of_caller: int
) -> EdgeSummary:
    visits = max(visits_of_caller, calls.callers)
    times = _median_count(calls.per_caller)
    way = "single"
    if calls.sequential or calls.overlapping:
        way = "parallel" if calls.overlapping > calls.sequential else "sequential"
    median, slowest = examples(calls)
    return EdgeSummary(
        caller=caller,
        called=called,
        calls=calls.calls / UNIT,
        errors=calls.errors / UNIT,
        probability=calls.callers / visits,
        per_visit=_shares_of_counts(calls, visits),
        times=times,
        way=way,
        n_plus_one=is_n_plus_one(fold.nodes[called].type, times, way == "sequential"),
        duration=percentiles(calls.durations),
        statuses={status: weight / UNIT for status, weight in sorted(calls.statuses.items())},
        network=percentiles(calls.networks) if calls.networks else None,
        median=median,
        slowest=slowest,
        last_error=calls.last_error,
    )


def _shares_of_counts(calls: Calls, visits: int) -> dict[str, float]:
    few = {"1": calls.per_caller.get(1, 0), "2": calls.per_caller.get(2, 0)}
    many = calls.callers - sum(few.values())
    counts = {"0": visits - calls.callers, **few, "3+": many}
    return {times: weight / visits for times, weight in counts.items()}


def _median_count(counts: dict[int, int]) -> int:
    """The median of small exact counts: a histogram whose bars are the counts themselves."""
    return quantile_bar(counts, 0.5) or 0


def examples(calls: Calls) -> tuple[Exemplar | None, Exemplar | None]:
    """The exemplar of the bar that holds the median, and the longest of all; None without calls."""
    number = quantile_bar(calls.durations, 0.5)
    if number is None:
        return None, None
    return calls.examples[number], calls.examples[max(calls.examples)]
