"""A trace as text: one line for each kind of call, with a bar that shows when it ran."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tutor.durations import readable

BAR_WIDTH = 28
"""Characters that stand for the whole duration of a trace."""

Spans = Sequence[int]
"""Spans of one trace, as row numbers of its columns."""


@dataclass(frozen=True)
class Line:
    """Spans that share a line, all at `depth` below the root."""

    depth: int
    spans: Spans


def render(trace: dict[str, Any], fold: bool, width: int) -> list[str]:
    """Return the trace as lines of up to `width` characters: duration (of all calls together), bar,
    number of calls, and what they are, indented below their caller.

    `trace` is the answer of `/api/trace/<id>`. With `fold`, similar calls of the same parents share
    a line that says how many there are: sixty SQL queries are `×60`.
    """
    return [_text(trace, line)[:width] for line in lines(trace["columns"], fold)]


def lines(columns: dict[str, Any], fold: bool) -> Iterator[Line]:
    """Return the lines of a trace, depth first."""
    children: dict[int, list[int]] = {}
    for row, parent in enumerate(columns["parent"]):
        children.setdefault(parent, []).append(row)
    todo = _lines_of(columns, children.get(-1, []), 0, fold)
    while todo:
        line = todo.pop()
        yield line
        below = [child for span in line.spans for child in children.get(span, [])]
        todo += _lines_of(columns, below, line.depth + 1, fold)


def _lines_of(columns: dict[str, Any], spans: Spans, depth: int, fold: bool) -> list[Line]:
    """Return `spans` as lines, the last one first: they are taken from the end of a list."""
    groups: dict[object, list[int]] = {}
    for span in spans:
        kind = tuple(columns[key][span] for key in ("service", "name", "resource"))
        groups.setdefault(kind if fold else span, []).append(span)
    return [Line(depth, group) for group in reversed(groups.values())]


def _text(trace: dict[str, Any], line: Line) -> str:
    columns, strings = trace["columns"], trace["strings"]
    first = line.spans[0]
    service, name, resource = (
        strings[columns[key][first]] for key in ("service", "name", "resource")
    )
    duration = readable(sum(columns["duration"][span] for span in line.spans))
    count = f"×{len(line.spans)}" if len(line.spans) > 1 else ""
    errors = sum(columns["error"][span] for span in line.spans)
    failed = f"✗ {errors} failed: " if errors else ""
    what = name if resource == name else f"{name} {' '.join(resource.split())}"
    indent = "  " * line.depth
    return f"{duration:>8} {bar(trace, line.spans)} {count:>4} {indent}{failed}{service} {what}"


def bar(trace: dict[str, Any], spans: Spans) -> str:
    """Return when the spans ran within the whole trace, as `BAR_WIDTH` characters."""
    whole = max(trace["duration"], 1)
    cells = ["·"] * BAR_WIDTH
    for span in spans:
        start = trace["columns"]["start"][span]
        end = start + trace["columns"]["duration"][span]
        left = min(max(start * BAR_WIDTH // whole, 0), BAR_WIDTH - 1)
        right = min(max(-(-end * BAR_WIDTH // whole), left + 1), BAR_WIDTH)
        cells[left:right] = "█" * (right - left)
    return "".join(cells)
