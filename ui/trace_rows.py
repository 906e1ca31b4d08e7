"""The collector's columns as rows, for the table that needs no script."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Trace = dict[str, Any]


def rows(
    trace: Trace,
    first: int,
    end: int,
    insight: Trace | None = None,
    order: Trace | None = None,
) -> Iterator[dict[str, Any]]:
    """Yield the spans from `first` to before `end` in display order, each as a mapping.

    Critical times and ranks are None where there is no `insight`, and so are ticks without an
    `order`.
    """
    columns, strings = trace["columns"], trace["strings"]
    unknown = [None] * trace["shown"]
    critical = insight["critical_times"] if insight else unknown
    ranks = insight["ranks"] if insight else unknown
    ticks = list(zip(order["start"], order["end"], strict=True)) if order else unknown
    concurrent = {row: several for row, *several in order["concurrent"]} if order else {}
    numbers = dict(trace["shared"])
    untimed = set(trace["untimed"])
    forks: dict[int, list[Trace]] = {}
    for fork in trace["forks"]:
        forks.setdefault(fork["parent"], []).append(fork)
    for row in range(first, min(end, trace["shown"])):
        yield {
            "address": _address(columns["id"][row], numbers.get(row)),
            "timed": row not in untimed,
            "depth": columns["depth"][row],
            "start": columns["start"][row],
            "duration": columns["duration"][row],
            "self": columns["self"][row],
            "error": columns["error"][row],
            "forks": forks.get(row, []),
            "critical": critical[row],
            "rank": ranks[row],
            "ticks": ticks[row],
            "concurrent": _named(concurrent.get(row), columns, strings),
            "service": strings[columns["service"][row]],
            "name": strings[columns["name"][row]],
            "resource": strings[columns["resource"][row]],
        }


def _address(span_id: str, number: int | None) -> str:
    """Return how the addresses of the API and of pages name a span: by its id, and the number that
    it has if it is not the first with that id."""
    return f"{span_id}.{number}" if number else span_id


def _named(concurrent: Any, columns: dict[str, list[Any]], strings: list[str]) -> tuple[int, str]:
    """Return with how many siblings a span is concurrent, and the names of some."""
    number, rows = concurrent or (0, [])
    return number, ", ".join(strings[columns["name"][row]] for row in rows)
