"""A fold in the numbers that people read: counts, shares, means and percentiles."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from heapq import nlargest, nsmallest

import msgspec

from collector.analysis.calls import Calls, Exemplar
from collector.analysis.detectors.n_plus_one import is_n_plus_one
from collector.analysis.fold import OUTSIDE, Fold, Node
from collector.analysis.percentiles import Percentiles, percentiles, quantile_bar
from collector.analysis.weight import WEIGHT_UNIT
from collector.model import Span

RARE_SHARE = 0.01
"""A node seen in fewer than this share of the traces is rare: an exception worth a look."""

MAX_EDGES = 5_000
"""Edges that are summarised, those with the most calls: where ids are put into names, there is one
for every call."""


class EdgeSummary(msgspec.Struct, frozen=True):
    """The calls from one node to another."""

    caller: str
    """Key of the calling node, empty where requests come in."""
    called: str
    """Key of the called node."""
    calls: float
    """Weighted by 1 / sampling probability, like all counts here."""
    errors: float
    probability: float
    """Share of the caller's visits that made at least one such call."""
    per_visit: dict[str, float]
    """Share of the caller's visits that made `0`, `1`, `2` or `3+` such calls."""
    times: int
    """Calls by a visit that makes any: the median, the 60 of "×60"."""
    way: str
    """How the calls of one visit follow each other: `sequential`; `parallel` if more of them
    overlap the previous one than do not; `single` if there are none to compare."""
    n_plus_one: bool
    """Whether they are an N+1 (`collector.analysis.detectors.n_plus_one`)."""
    duration: Percentiles
    statuses: dict[str, float]
    """Calls by class of HTTP status: `2xx`, `5xx`."""
    network: Percentiles | None
    """Client's duration less the server's; None if the edge does not go over the wire."""
    median: Exemplar | None
    """A call about as long as the median."""
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
    """Share of all traces that have at least one such span, 0 to 1."""
    rare: bool
    """Whether that share is below 1 %."""
    calls: float
    errors: float
    statuses: dict[str, float]
    """Calls by class of HTTP status: `2xx`, `5xx`."""
    duration: Percentiles
    """Percentiles over its spans."""
    critical: Percentiles
    """Percentiles of its time on the critical path, over the traces that have such a span."""
    critical_mean: float
    """Nanoseconds on the critical path per trace, over all traces. Over all nodes the sum is the
    mean duration of the roots."""
    critical_share: float
    """Share of the roots' mean duration that is its time on the critical path, 0 to 1."""
    own_mean: float
    """Self time per trace, ns. Where work is parallel these add up to more than the roots."""
    forks: float
    """How often a visit began one call before another had ended."""
    joins: float
    """Forks after which the visit waited for all the calls."""
    median: Exemplar | None
    """A span about as long as the median."""
    slowest: Exemplar | None
    last_error: Exemplar | None


class Graph(msgspec.Struct, frozen=True):
    """A fold, summarised."""

    count: int
    """Traces that were folded, unweighted: how much evidence there is."""
    traces: float
    """Traces that these represent."""
    mean: float
    """Mean duration of the roots, ns."""
    nodes: list[NodeSummary]
    """Those that were asked for, by time on the critical path, the most first."""
    edges: list[EdgeSummary]
    """The edges to these nodes, by number of calls, the most first."""
    edges_left_out: int
    """Edges between these nodes that are not among them."""


def costliest(fold: Fold, most: int) -> set[str]:
    """Return the keys of the nodes with most time on the critical path."""
    by_time = nsmallest(most, fold.nodes.items(), key=lambda item: (-item[1].critical, item[0]))
    return {key for key, _ in by_time}


def summarize_fold(fold: Fold, shown: Collection[str] | None = None) -> Graph:
    """Return the numbers of a fold that a graph, a map or a table shows: of all nodes, or of those
    with the keys in `shown`. There are at most `MAX_EDGES` edges, those between the nodes first."""
    keys = fold.nodes.keys() if shown is None else shown
    nodes = [_node_summary(fold, key, fold.nodes[key]) for key in keys]
    ends = [
        (caller == OUTSIDE or caller in keys, calls.calls, caller, called)
        for called in keys
        for caller, calls in fold.nodes[called].callers.items()
    ]
    left_out = max(0, sum(between for between, _, _, _ in ends) - MAX_EDGES)
    visits = lru_cache(maxsize=None)(fold.visits)
    edges = [
        _edge_summary(fold, caller, called, visits(caller))
        for _, _, caller, called in nlargest(MAX_EDGES, ends)
    ]
    nodes.sort(key=lambda node: (-node.critical_mean, node.key))
    edges.sort(key=lambda edge: (-edge.calls, edge.caller, edge.called))
    return Graph(fold.count, fold.traces / WEIGHT_UNIT, fold.mean_duration, nodes, edges, left_out)


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
        traces=node.traces / WEIGHT_UNIT,
        share=share,
        rare=share < RARE_SHARE,
        calls=calls.calls / WEIGHT_UNIT,
        errors=calls.errors / WEIGHT_UNIT,
        statuses=_statuses(calls),
        duration=percentiles(calls.durations),
        critical=percentiles(node.criticals),
        critical_mean=node.critical / max(1, fold.traces),
        critical_share=node.critical / max(1, fold.duration),
        own_mean=node.self_time / max(1, fold.traces),
        forks=node.forks / WEIGHT_UNIT,
        joins=node.joins / WEIGHT_UNIT,
        median=median,
        slowest=slowest,
        last_error=calls.last_error,
    )


def _edge_summary(fold: Fold, caller: str, called: str, caller_visits: int) -> EdgeSummary:
    calls = fold.nodes[called].callers[caller]
    visits = max(caller_visits, calls.callers)
    times = _median_count(calls.per_caller)
    way = "single"
    if calls.sequential or calls.overlapping:
        way = "parallel" if calls.overlapping > calls.sequential else "sequential"
    median, slowest = examples(calls)
    return EdgeSummary(
        caller=caller,
        called=called,
        calls=calls.calls / WEIGHT_UNIT,
        errors=calls.errors / WEIGHT_UNIT,
        probability=calls.callers / visits,
        per_visit=_shares_of_counts(calls, visits),
        times=times,
        way=way,
        n_plus_one=is_n_plus_one(_typical_span(fold.nodes[called]), times, way == "sequential"),
        duration=percentiles(calls.durations),
        statuses=_statuses(calls),
        network=percentiles(calls.networks) if calls.networks else None,
        median=median,
        slowest=slowest,
        last_error=calls.last_error,
    )


def _typical_span(node: Node) -> Span:
    """Return a span as those of this node are, without its tags."""
    return Span(0, 0, *node.operation, node.type, 0, 0)


def _statuses(calls: Calls) -> dict[str, float]:
    return {status: weight / WEIGHT_UNIT for status, weight in sorted(calls.statuses.items())}


def _shares_of_counts(calls: Calls, visits: int) -> dict[str, float]:
    few = {"1": calls.per_caller.get(1, 0), "2": calls.per_caller.get(2, 0)}
    many = calls.callers - sum(few.values())
    counts = {"0": visits - calls.callers, **few, "3+": many}
    return {times: weight / visits for times, weight in counts.items()}


def _median_count(counts: dict[int, int]) -> int:
    """Return the median of small exact counts: a histogram whose bars are the counts."""
    return quantile_bar(counts, 0.5) or 0


def examples(calls: Calls) -> tuple[Exemplar | None, Exemplar | None]:
    """Return the exemplar of the bar that holds the median, and the longest of all; None and None
    without calls."""
    number = quantile_bar(calls.durations, 0.5)
    if number is None:
        return None, None
    return calls.examples[number], calls.examples[max(calls.examples)]
