"""Reading the collector's columns as rows, for the tables that need no script."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Trace = dict[str, Any]


def rows(
    trace: Trace, first: int, end: int, insight: Trace | None = None
) -> Iterator[dict[str, Any]]:
    """The spans `first` to before `end` in display order, each as a mapping. What `insight` says of
    them is None where there is none."""
    columns, strings = trace["columns"], trace["strings"]
    unknown = [None] * trace["spans"]
    critical = insight["critical_times"] if insight else unknown
    ranks = insight["ranks"] if insight else unknown
    for at in range(first, min(end, trace["spans"])):
        yield {
            "id": columns["id"][at],
            "depth": columns["depth"][at],
            "start": columns["start"][at],
            "duration": columns["duration"][at],
            "self": columns["self"][at],
            "error": columns["error"][at],
            "critical": critical[at],
            "rank": ranks[at],
            "service": strings[columns["service"][at]],
            "name": strings[columns["name"][at]],
            "resource": strings[columns["resource"][at]],
        }


def operations(trace: Trace, insight: Trace | None = None) -> list[dict[str, Any]]:
    """What the spans add up to by service and operation, the most self time first."""
    columns, strings = trace["columns"], trace["strings"]
    critical = insight["critical_times"] if insight else [0] * trace["spans"]
    totals: dict[tuple[int, int], dict[str, Any]] = {}
    numbers = (columns[name] for name in ("service", "name", "duration", "self", "error"))
    for service, name, duration, own, error, on_path in zip(*numbers, critical, strict=True):
        total = totals.get((service, name))
        if total is None:
            total = totals[service, name] = {
                "service": strings[service],
                "name": strings[name],
                **dict.fromkeys(("count", "errors", "total", "self", "critical", "max"), 0),
            }
        total["count"] += 1
        total["errors"] += error
        total["total"] += duration
        total["self"] += own
        total["critical"] += on_path
        total["max"] = max(total["max"], duration)
    return sorted(totals.values(), key=lambda total: -total["self"])
