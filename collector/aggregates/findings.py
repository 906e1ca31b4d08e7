"""What detectors found in many traces, added up by node, each with a typical trace as evidence."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from collector.analysis.cache_lookups import Lookup, LookupInTrace
from collector.analysis.calls import Exemplar
from collector.analysis.detectors import CrossTraceFinding, Finding, detect_across_traces
from collector.analysis.histogram import Histogram, add_counts, bar
from collector.analysis.percentiles import quantile_bar
from collector.analysis.trace import Trace
from collector.analysis.weight import WEIGHT_UNIT

MAX_FINDINGS = 200
"""Findings of an answer, the costliest."""

HOW_COMPUTED = (
    "detectors look at each trace (collector.analysis.detectors); cost is the mean over all traces"
    " of what is at stake, the evidence is from the trace whose cost is about the median"
)


class FindingKind(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """A detector's name, and the lesson that deals with what it finds."""

    kind: str
    lesson: str


class NodeLookup(msgspec.Struct, array_like=True, gc=False):
    """A lookup in a cache, and the nodes that its span is folded into."""

    path: str
    """Key of the node in a fold by path."""
    operation: str
    """Key of the node in a fold by operation."""
    lookup: Lookup


class NodeFinding(msgspec.Struct, array_like=True, gc=False):
    """What one detector found at one node in many traces. Numbers are weighted as in a fold."""

    kind: str
    lesson: str
    traces: int = 0
    """Traces that show it."""
    cost: int = 0
    """Nanoseconds at stake, over all traces."""
    costs: Histogram = {}
    """Distribution of what is at stake, one value per trace."""
    examples: dict[int, Exemplar] = {}
    """The costliest example in each bar of `costs`."""

    def add(self, other: NodeFinding) -> None:
        """Add what the detector found at the same node in other traces."""
        self.traces += other.traces
        self.cost += other.cost
        add_counts(self.costs, other.costs)
        for number, example in other.examples.items():
            mine = self.examples.get(number)
            if mine is None or mine < example:
                self.examples[number] = example

    def typical(self) -> Exemplar:
        """Return the trace and the span whose cost is about the median."""
        return self.examples[quantile_bar(self.costs, 0.5) or 0]


NodeFindings = dict[str, NodeFinding]
"""Findings by kind and key of the node, `n_plus_one 0123456789abcdef`."""

Evidence = Callable[[str], list[Finding]]
"""Returns what detectors find in the trace with that id; nothing if it is gone."""


def add_findings(into: NodeFindings, others: NodeFindings) -> None:
    """Add the second findings to the first."""
    for place, finding in others.items():
        mine = into.get(place)
        if mine is None:
            mine = into[place] = NodeFinding(finding.kind, finding.lesson)
        mine.add(finding)


def findings_by_node(trace: Trace, findings: Iterable[Finding], keys: list[str]) -> NodeFindings:
    """Return what was found in one trace by the node of the first span that shows it; `keys` has
    the node's key for each row."""
    row_of = {span.span_id: row for row, span in enumerate(trace.tree.spans)}
    costs: dict[tuple[str, str], int] = {}
    first: dict[tuple[str, str], Finding] = {}
    for finding in findings:
        place = finding.kind, keys[row_of[finding.spans[0]]]
        costs[place] = costs.get(place, 0) + finding.cost
        first.setdefault(place, finding)
    by_node = {}
    for (kind, key), cost in costs.items():
        finding = first[kind, key]
        number = bar(cost)
        by_node[f"{kind} {key}"] = NodeFinding(
            kind,
            finding.lesson,
            trace.weight,
            cost * trace.weight,
            {number: trace.weight},
            {number: Exemplar(cost, trace.trace_id, finding.spans[0])},
        )
    return by_node


def cross_trace_findings(
    by: str, lookups: Iterable[tuple[NodeLookup, LookupInTrace]]
) -> list[tuple[str, CrossTraceFinding]]:
    """Return what only many traces together show at the nodes of a fold by `path` or `operation`,
    each with the key of its node."""
    at_node: dict[str, list[LookupInTrace]] = {}
    for node, seen in lookups:
        at_node.setdefault(node.path if by == "path" else node.operation, []).append(seen)
    return [
        (key, finding) for key, seen in at_node.items() for finding in detect_across_traces(seen)
    ]


def findings_json(
    across_traces: Iterable[tuple[str, CrossTraceFinding]],
    by_node: NodeFindings,
    traces: int,
    evidence: Evidence,
) -> list[dict[str, Any]]:
    """Return FINDINGS of docs/api.md, the costliest first. `traces` is the weight of all traces."""
    rows = [
        _row(finding, key, finding.what, traces, finding.trace_id, finding.span_id)
        for key, finding in across_traces
    ]
    costliest = sorted(by_node.items(), key=lambda item: (-item[1].cost, item[0]))
    for place, finding in costliest[:MAX_FINDINGS]:
        typical = finding.typical()
        key = place.removeprefix(f"{finding.kind} ")
        what = _what(finding.kind, typical.span_id, evidence(typical.trace_id))
        rows.append(_row(finding, key, what, traces, typical.trace_id, typical.span_id))
    return sorted(rows, key=lambda row: -row["cost"])


def _row(
    finding: CrossTraceFinding | NodeFinding,
    key: str,
    what: str,
    traces: int,
    trace_id: str,
    span_id: int,
) -> dict[str, Any]:
    return {
        "kind": finding.kind,
        "key": key,
        "what": what,
        "traces": finding.traces / WEIGHT_UNIT,
        "cost": finding.cost / max(1, traces),
        "lesson": finding.lesson,
        "trace_id": trace_id,
        "span_id": f"{span_id:016x}",
    }


def _what(kind: str, span_id: int, findings: list[Finding]) -> str:
    """Return the sentence in which a detector describes what it found at a span."""
    return next((f.what for f in findings if f.kind == kind and f.spans[0] == span_id), "")
