"""Folded traces as a graph of nodes and edges."""

from __future__ import annotations

import msgspec

from collector.aggregates.answer_parts import Json, exemplar_json, sample_json
from collector.aggregates.digest import Sum
from collector.aggregates.findings import HOW_COMPUTED as HOW_FINDINGS
from collector.aggregates.findings import Evidence, cross_trace_findings, findings_json
from collector.aggregates.trace_set import Sample
from collector.analysis.calling_tree import calling_tree
from collector.analysis.cycles import back_edges
from collector.analysis.fold import OUTSIDE, Fold
from collector.analysis.graph_summary import (
    EdgeSummary,
    Graph,
    NodeSummary,
    costliest,
    summarize_fold,
)

MAX_NODES = 500
"""Nodes of an answer: those in which, or beneath which, most of the time is spent."""

HOW_COMPUTED = {
    "traces": "each trace counted 1 / its sampling probability (collector.analysis.weight)",
    "mean": "mean duration of the roots (collector.analysis.graph_summary.summarize_fold)",
    "critical_mean": "time on the critical path per trace; over all nodes it adds up to the mean"
    " duration (collector.analysis.critical_path,"
    " collector.analysis.graph_summary.summarize_fold)",
    "critical_share": "critical_mean as a share of the mean duration",
    "own_mean": "self time per trace; where work is parallel it adds up to more than the duration"
    " (collector.analysis.self_time)",
    "duration": "percentiles of the spans' durations from bars 2 % wide, so within 1 %"
    " (collector.analysis.percentiles.quantile)",
    "probability": "share of the caller's visits that made at least one such call",
    "times": "median number of calls by a visit that makes any",
    "network": "client's duration less the server's",
    "findings": HOW_FINDINGS,
}


def graph(by: str, sample: Sample, total: Sum, evidence: Evidence) -> Json:
    """Return the answer of /api/graph."""
    fold = total.fold
    lines = calling_tree(fold) if by == "path" else []
    if by == "path":
        shown = {line.key for line in sorted(lines, key=lambda line: -line.critical)[:MAX_NODES]}
    else:
        shown = costliest(fold, MAX_NODES)
    summary = summarize_fold(fold, shown)
    rows = _findings(by, sample, total, evidence) if by != "service" else []
    answer = {"by": by, "count": summary.count, "traces": summary.traces, "mean": summary.mean}
    answer |= nodes_and_edges(summary, fold, shown, rows)
    if by == "path":
        answer["lines"] = [line._asdict() for line in lines if line.key in shown]
    if by != "service":
        answer["findings"] = rows
    return answer | {"sample": sample_json(sample), "how": HOW_COMPUTED}


def nodes_and_edges(summary: Graph, fold: Fold, shown: set[str], findings: list[Json]) -> Json:
    """Return the nodes to show, each with its findings, and the edges between them."""
    back = back_edges(fold)
    at_node: dict[object, list[Json]] = {}
    for finding in findings:
        without_key = {name: value for name, value in finding.items() if name != "key"}
        at_node.setdefault(finding["key"], []).append(without_key)
    return {
        "nodes": [
            _with_exemplars(node) | {"findings": at_node.get(node.key, [])}
            for node in summary.nodes
            if node.key in shown
        ],
        "edges": [
            _with_exemplars(edge) | {"back": (edge.caller, edge.called) in back}
            for edge in summary.edges
            if edge.called in shown and edge.caller in (shown | {OUTSIDE})
        ],
        "left_out": len(fold.nodes) - len(shown),
        "edges_left_out": summary.edges_left_out,
    }


def _findings(by: str, sample: Sample, total: Sum, evidence: Evidence) -> list[Json]:
    lookups = (lookup for card in sample.cards for lookup in card.lookups())
    across_traces = cross_trace_findings(by, lookups)
    return findings_json(across_traces, total.findings, total.fold.traces, evidence)


def _with_exemplars(summary: NodeSummary | EdgeSummary) -> Json:
    """Return a summary with its exemplars in the form of docs/api.md."""
    return msgspec.structs.asdict(summary) | {
        "median": exemplar_json(summary.median),
        "slowest": exemplar_json(summary.slowest),
        "last_error": exemplar_json(summary.last_error),
    }
