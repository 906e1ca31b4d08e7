"""The spans of one trace in the order of cause and effect, for a screen that draws them so."""

from __future__ import annotations

from collector.aggregates.answer_parts import Json
from collector.analysis.logical_order import logical_order
from collector.analysis.trace import Trace

HOW_COMPUTED = {
    "order": "Lamport's rule over the starts and ends of the spans: each has a later tick than all"
    " that happened before it (collector.analysis.logical_order)",
    "concurrent": "neither ended before the other began, as far as messages and the clock of one"
    " process tell (collector.analysis.logical_order)",
}


def order(trace: Trace) -> Json:
    """Return the answer of /api/trace/<id>/order."""
    found = logical_order(trace.tree)
    return {
        "trace_id": trace.trace_id,
        "ticks": found.ticks,
        "start": found.start,
        "end": found.end,
        "concurrent": sorted(found.concurrent_siblings(trace.tree)),
        "how": HOW_COMPUTED,
    }
