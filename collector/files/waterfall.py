"""A trace as text: one line for each kind of call, with a bar that shows when it ran."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from collector.analysis.tree import Tree
from collector.name_template import template_of
from collector.printable import printable

BAR_WIDTH = 28
"""Characters that stand for the whole duration of a trace."""
MAX_INDENTED_LEVELS = 100
"""What is deeper is indented no further: a line for each of 50,000 levels would fill a disk."""

Spans = Sequence[int]
"""Spans of one trace, as row numbers of its tree."""


@dataclass(frozen=True)
class Line:
    """Spans that share a line, all at `depth` below the root."""

    depth: int
    spans: Spans


def waterfall(tree: Tree, fold: bool) -> Iterator[str]:
    """Yield the trace as lines: duration (of all calls together), bar, number of calls, and what
    they are, indented below their caller.

    With `fold`, similar calls of the same parents share a line that says how many there are: sixty
    SQL queries are `×60`.
    """
    begin, whole = extent(tree)
    for line in lines(tree, fold):
        yield _text(tree, line, begin, max(whole, 1))


def extent(tree: Tree) -> tuple[int, int]:
    """Return when the first span starts, and from there to the end of the last one, in ns."""
    begin = min(tree.start, default=0)
    return begin, max(tree.end, default=begin) - begin


def lines(tree: Tree, fold: bool) -> Iterator[Line]:
    """Yield the lines of a trace, depth first."""
    todo = _lines_of(tree, list(tree.roots()), 0, fold)
    while todo:
        line = todo.pop()
        yield line
        below = [child for span in line.spans for child in tree.children(span)]
        todo += _lines_of(tree, below, line.depth + 1, fold)


def _lines_of(tree: Tree, rows: Spans, depth: int, fold: bool) -> list[Line]:
    """Return spans as lines, the last one first: they are taken from the end of a list."""
    groups: dict[object, list[int]] = {}
    for row in rows:
        groups.setdefault(_operation(tree, row) if fold else row, []).append(row)
    return [Line(depth, group) for group in reversed(groups.values())]


def _operation(tree: Tree, row: int) -> tuple[str, str, str]:
    """Return what spans that share a line have in common; names that hold ids are what they
    share."""
    span = tree.spans[row]
    return span.service, template_of(span.name), template_of(span.resource)


def _text(tree: Tree, line: Line, begin: int, whole: int) -> str:
    first = tree.spans[line.spans[0]]
    texts = (first.service, first.name, first.resource)
    if len(line.spans) > 1:
        texts = _operation(tree, line.spans[0])
    service, name, resource = (printable(" ".join(text.split())) for text in texts)
    timed = [row for row in line.spans if tree.spans[row].timed]
    duration = readable(sum(tree.spans[row].duration for row in timed)) if timed else "–"
    count = f"×{len(line.spans)}" if len(line.spans) > 1 else ""
    errors = sum(tree.spans[row].error for row in line.spans)
    failed = f"✗ {errors} failed: " if errors else ""
    # OpenTelemetry's names are often the beginning of what our resources say: `GET`, `GET /beers`.
    what = resource if f"{resource} ".startswith(f"{name} ") else f"{name} {resource}"
    indent = "  " * min(line.depth, MAX_INDENTED_LEVELS)
    drawn = bar(tree, timed, begin, whole) if timed else f"{' time impossible ':·^{BAR_WIDTH}}"
    return f"{duration:>8} {drawn} {count:>4} {indent}{failed}{service} {what}"


def bar(tree: Tree, rows: Spans, begin: int, whole: int) -> str:
    """Return when the spans ran within `whole` ns from `begin`, as `BAR_WIDTH` characters."""
    cells = ["·"] * BAR_WIDTH
    for row in rows:
        start = tree.start[row] - begin
        end = start + tree.spans[row].duration
        left = min(max(start * BAR_WIDTH // whole, 0), BAR_WIDTH - 1)
        right = min(max(-(-end * BAR_WIDTH // whole), left + 1), BAR_WIDTH)
        cells[left:right] = "█" * (right - left)
    return "".join(cells)


def readable(nanoseconds: float) -> str:
    """Return nanoseconds in a fitting unit, `412 ms`."""
    for unit, length in (("s", 1e9), ("ms", 1e6), ("µs", 1e3)):
        if nanoseconds >= length:
            value = nanoseconds / length
            return f"{value:.3g} {unit}" if value < 1000 else f"{value:.0f} {unit}"
    return f"{nanoseconds:.0f} ns"
