"""Reading the collector's columns as rows, for the tables that need no script."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Trace = dict[str, Any]


def rows(trace: Trace, first: int, end: int) -> Iterator[dict[str, Any]]:
    """The spans `first` to before `end` in display order, each as a mapping."""
    columns, strings = trace["columns"], trace["strings"]
    for at in range(first, min(end, trace["spans"])):
        yield {
            "id": columns["id"][at],
            "depth": columns["depth"][at],
            "start": columns["start"][at],
            "duration": columns["duration"][at],
            "self": columns["self"][at],
            "error": columns["error"][at],
            "service": strings[columns["service"][at]],
            "name": strings[columns["name"][at]],
            "resource": strings[columns["resource"][at]],
        }


def operations(trace: Trace) -> list[dict[str, Any]]:
    """What the spans add up to by service and operation, the most self time first."""
    columns, strings = trace["columns"], trace["strings"]
    totals: dict[tuple[int, int], dict[str, Any]] = {}
    numbers = (columns[name] for name in ("service", "name", "duration", "self", "error"))
    for service, name, duration, own, error in zip(*numbers, strict=True):
        total = totals.get((service, name))
        if total is None:
            total = totals[service, name] = {
                "service": strings[service],
                "name": strings[name],
                **dict.fromkeys(("count", "errors", "total", "self", "max"), 0),
            }
        total["count"] += 1
        total["errors"] += error
        total["total"] += duration
        total["self"] += own
        total["max"] = max(total["max"], duration)
    return sorted(totals.values(), key=lambda total: -total["self"])
