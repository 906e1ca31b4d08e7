"""Folded traces as a graph."""

from __future__ import annotations

import msgspec

from collector.aggregates.answer_parts import Json, exemplar, sample
from collector.aggregates.digest import Sum
from collector.aggregates.findings import HOW as HOW_FINDINGS
from collector.aggregates.findings import Look, findings
from collector.aggregates.sum_cache import Picked
from collector.analysis.calling_tree import calling_tree
from collector.analysis.cycles import back_edges
from collector.analysis.fold import Fold
from collector.analysis.graph_summary import EdgeSummary, Graph, NodeSummary, summarize

MOST = 500
"""Nodes told; those that most of the time is spent in, or beneath."""

HOW = {
    "traces": "each trace counted 1 / its sampling probability (collector.analysis.weight)",
    "mean": "mean duration of the roots (collector.analysis.graph_summary.summarize)",
    "critical_mean": "time on the critical path per trace; over all nodes it adds up to the mean"
    " duration (collector.analysis.critical_path, collector.analysis.graph_summary.summarize)",
    "critical_share": "critical_mean as a share of the mean duration",
    "own_mean": "self time per trace; side by side it adds up to more than the duration"
    " (collector.analysis.self_time)",
    "duration": "percentiles of the spans' durations from bars 2 % wide, so within 1 %"
    " (collector.analysis.histogram.quantile)",
    "probability": "share of the caller's visits that made at least one such call",
    "times": "median of like calls in a visit that makes any",
    "network": "client's duration less the server's",
    "findings": HOW_FINDINGS,
}


def graph(by: str, picked: Picked, total: Sum, look: Look) -> Json:
    """The answer of /api/graph."""
    fold = total.fold
    summary = summarize(fold)
    lines = calling_tree(fold) if by == "path" else []
    if by == "path":
        shown = {line.key for line in sorted(lines, key=lambda line: -line.critical)[:MOST]}
    else:
        shown = {node.key for node in summary.nodes[:MOST]}
    found = findings(by, picked, total, look) if by != "service" else []
    answer = {"by": by, "count": summary.count, "traces": summary.traces, "mean": summary.mean}
    answer |= nodes_and_edges(summary, fold, shown, found)
    if by == "path":
        answer["lines"] = [line._asdict() for line in lines if line.key in shown]
    if by != "service":
        answer["findings"] = found
    return answer | {"sample": sample(picked), "how": HOW}


def nodes_and_edges(summary: Graph, fold: Fold, shown: set[str], found: list[Json]) -> Json:
    """The nodes to show, and the edges between them."""
    back = back_edges(fold)
    at: dict[object, list[Json]] = {}
    for finding in found:
        without_key = {name: value for name, value in finding.items() if name != "key"}
        at.setdefault(finding["key"], []).append(without_key)
    return {
        "nodes": [
            _examples(node) | {"findings": at.get(node.key, [])}
            for node in summary.nodes
            if node.key in shown
        ],
        "edges": [
            _examples(edge) | {"back": (edge.caller, edge.called) in back}
            for edge in summary.edges
            if edge.called in shown and edge.caller in (shown | {""})
        ],
        "left_out": len(fold.nodes) - len(shown),
    }


def _examples(summary: NodeSummary | EdgeSummary) -> Json:
    """A summary with its exemplars as docs/api.md has them."""
    return msgspec.structs.asdict(summary) | {
        "median": exemplar(summary.median),
        "slowest": exemplar(summary.slowest),
        "last_error": exemplar(summary.last_error),
    }
