"""How many spans of a trace an answer has, and how they were chosen, in numbers and in words."""

from __future__ import annotations

from collector.store.span_selection import Selection
from collector.trace_summary import TraceSummary


def selection_json(
    summary: TraceSummary, selection: Selection | None, rows: int
) -> dict[str, object]:
    """Return `spans`, `shown` and `selection` of docs/api.md, for an answer with that many rows."""
    if selection is None:
        return {"spans": rows, "shown": rows, "selection": None}
    return {
        "spans": summary.spans,
        "shown": rows,
        "selection": {
            "failed": summary.errors,
            "failed_shown": selection.failed_shown,
            "what": _in_words(summary, selection, rows),
        },
    }


def _in_words(summary: TraceSummary, selection: Selection, rows: int) -> str:
    """Return what people should know about the selection: `1,000,000 spans; the 200,000 nearest to
    the root are shown, with the slowest and all failed ones. …`."""
    failed = ""
    if selection.failed_shown < summary.errors:
        failed = f" and {selection.failed_shown:,} of {summary.errors:,} failed ones"
    elif summary.errors:
        failed = " and all failed ones"
    first = ""
    if selection.spans < summary.spans:
        first = f" Only the first {selection.spans:,} received were looked at."
    return (
        f"{summary.spans:,} spans; the {rows:,} nearest to the root are shown, with the slowest"
        f"{failed}.{first} The time of a span that is left out counts as its parent's own."
    )
