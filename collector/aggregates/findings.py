"""Trouble in words: what detectors found in many traces, each with a typical trace as evidence."""

from __future__ import annotations

from collections.abc import Callable

from collector.aggregates.across import across_nodes
from collector.aggregates.answer_parts import Json
from collector.aggregates.digest import Sum
from collector.aggregates.sum_cache import Picked
from collector.analysis.detectors import Finding
from collector.analysis.weight import UNIT

MOST = 200
"""Findings told, the costliest."""

HOW = (
    "detectors look at each trace (collector.analysis.detectors); cost is the mean over all traces"
    " of what is at stake, the evidence is from the trace whose cost is about the median"
)

Look = Callable[[str], list[Finding]]
"""What detectors find in the trace of that id; nothing if it is gone."""


def findings(by: str, picked: Picked, total: Sum, look: Look) -> list[Json]:
    """The findings at the nodes of a fold by path or by operation, the costliest first."""
    traces = max(1, total.fold.traces)
    told: list[Json] = [
        {
            "kind": found.kind,
            "key": key,
            "what": found.what,
            "traces": found.traces / UNIT,
            "cost": found.cost / traces,
            "lesson": found.lesson,
            "trace_id": found.trace_id,
            "span_id": f"{found.span_id:016x}",
        }
        for key, found in across_nodes(by, picked.cards)
    ]
    troubles = total.troubles
    costliest = sorted(troubles.items(), key=lambda each: (-each[1].cost, each[0]))
    for where, trouble in costliest[:MOST]:
        typical = trouble.typical()
        told.append(
            {
                "kind": trouble.kind,
                "key": where.removeprefix(f"{trouble.kind} "),
                "what": _evidence(trouble.kind, typical.span_id, look(typical.trace_id)),
                "traces": trouble.traces / UNIT,
                "cost": trouble.cost / traces,
                "lesson": trouble.lesson,
                "trace_id": typical.trace_id,
                "span_id": f"{typical.span_id:016x}",
            }
        )
    return sorted(told, key=lambda each: -each["cost"])


def _evidence(kind: str, span_id: int, found: list[Finding]) -> str:
    """What a detector said of a span."""
    return next((f.what for f in found if f.kind == kind and f.spans[0] == span_id), "")
