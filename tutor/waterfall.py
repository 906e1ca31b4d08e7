"""A trace as text: one line for each kind of call, with a bar that shows when it ran."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tutor.durations import readable
from tutor.terminal import printable

BAR_WIDTH = 28
"""Characters that stand for the whole duration of a trace."""

_OPERATION = ("service", "name", "resource")
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
    return [_text(trace, line)[:width] for line in lines(trace, fold)]


def lines(trace: dict[str, Any], fold: bool) -> Iterator[Line]:
    """Return the lines of a trace, depth first."""
    columns = trace["columns"]
    operations = list(zip(*_operations(trace), strict=True))
    children: dict[int, list[int]] = {}
    for row, parent in enumerate(columns["parent"]):
        children.setdefault(parent, []).append(row)
    todo = _lines_of(operations, children.get(-1, []), 0, fold)
    while todo:
        line = todo.pop()
        yield line
        below = [child for span in line.spans for child in children.get(span, [])]
        todo += _lines_of(operations, below, line.depth + 1, fold)


def _operations(trace: dict[str, Any]) -> list[list[int]]:
    """Return the columns service, name and resource; names that hold ids are what they share."""
    columns, shared = trace["columns"], dict(trace["templates"])
    return [[shared.get(text, text) for text in columns[key]] for key in _OPERATION]


def _lines_of(
    operations: list[tuple[int, ...]], spans: Spans, depth: int, fold: bool
) -> list[Line]:
    """Return `spans` as lines, the last one first: they are taken from the end of a list."""
    groups: dict[object, list[int]] = {}
    for span in spans:
        groups.setdefault(operations[span] if fold else span, []).append(span)
    return [Line(depth, group) for group in reversed(groups.values())]


def _text(trace: dict[str, Any], line: Line) -> str:
    columns, strings = trace["columns"], trace["strings"]
    first = line.spans[0]
    shared = dict(trace["templates"]) if len(line.spans) > 1 else {}
    indexes = (columns[key][first] for key in _OPERATION)
    texts = (strings[shared.get(index, index)] for index in indexes)
    service, name, resource = (printable(" ".join(text.split())) for text in texts)
    timed = sorted(set(line.spans) - set(trace["untimed"]))
    duration = readable(sum(columns["duration"][span] for span in timed)) if timed else "–"
    times = bar(trace, timed) if timed else f"{' time impossible ':·^{BAR_WIDTH}}"
    count = f"×{len(line.spans)}" if len(line.spans) > 1 else ""
    errors = sum(columns["error"][span] for span in line.spans)
    failed = f"✗ {errors} failed: " if errors else ""
    what = name if resource == name else f"{name} {resource}"
    indent = "  " * line.depth
    return f"{duration:>8} {times} {count:>4} {indent}{failed}{service} {what}"


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
