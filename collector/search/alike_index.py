"""Which traces have a span that is such and such and lasts so long, found with the index alone.

The index has, for spans of a trace that are alike, the shortest and the longest duration. If a span
lasts longer than 49 ms, so does the longest of those that are like it.
"""

from __future__ import annotations

import operator
import sqlite3
from array import array
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import compress
from typing import Any, NamedTuple

from collector.model import Span
from collector.search.ast import And, Error, Field, Node, Not, Or, SpanDuration, Word
from collector.search.match import span_matcher
from collector.store.index_terms import Alike
from collector.store.recent_index import AlikeSpans, RecentIndex

AFTER_ALL = "\U0010ffff"
"""Sorts after everything that a text can go on with."""
_MIRRORED: dict[str, Callable[[Any, Any], bool]] = {
    ">": operator.lt,
    ">=": operator.le,
    "<": operator.gt,
    "<=": operator.ge,
}
"""Comparisons of a bound with a duration, by how the duration compares with the bound."""


class SpanConditions(NamedTuple):
    """What one span has to be, taken apart by what can tell."""

    alike: tuple[Node, ...]
    """Conditions that all spans match that are like one that does."""
    durations: tuple[SpanDuration, ...]
    others: tuple[Node, ...]
    """What the index of spans that are alike cannot tell."""

    @classmethod
    def of(cls, node: Node) -> SpanConditions:
        """Take apart what is in braces."""
        parts = list(_flat(node))
        durations = tuple(part for part in parts if isinstance(part, SpanDuration))
        parts = [part for part in parts if not isinstance(part, SpanDuration)]
        alike = tuple(part for part in parts if _is_of_alike(part))
        return cls(alike, durations, tuple(part for part in parts if part not in alike))


def _flat(node: Node) -> Iterator[Node]:
    if isinstance(node, And):
        for part in node.parts:
            yield from _flat(part)
    else:
        yield node


def _is_of_alike(node: Node) -> bool:
    if isinstance(node, And | Or):
        return all(map(_is_of_alike, node.parts))
    if isinstance(node, Not):
        return _is_of_alike(node.part)
    return isinstance(node, Field | Word | Error)


class Found(NamedTuple):
    """Row numbers of traces."""

    possible: set[int]
    """Those that may have such a span; no others do."""
    sure: set[int]
    """Those among them that have one."""


def find(connection: sqlite3.Connection, recent: RecentIndex, wanted: SpanConditions) -> Found:
    """Return the traces with a span that matches all conditions but the `others`."""
    found = Found(set(), set())
    matches = span_matcher(And(wanted.alike))
    latest: Alike | None = None
    matching = False
    for alike, spans in _groups(connection, recent, wanted.alike):
        if alike != latest:
            service, name, resource, type_, error = latest = alike
            matching = matches(Span(0, 0, service, name, resource, type_, 0, 0, error))
        if matching:
            _add(found, spans, wanted.durations)
    return found


def _groups(
    connection: sqlite3.Connection, recent: RecentIndex, alike: Sequence[Node]
) -> Iterator[tuple[Alike, AlikeSpans]]:
    """Yield spans that are alike: the recent ones, and those on disk, where SQLite leaves out what
    it can tell by itself."""
    yield from list(recent.alike.items())
    conditions, values = ["1"], []
    for node in alike:
        if isinstance(node, Field) and not node.text.may_be_template:
            conditions.append(f"{node.field} BETWEEN ? AND ?")
            values += [node.text.value, node.text.value + AFTER_ALL * node.text.prefix]
    query = (
        "SELECT service, name, resource, type, error, traces, shortest, longest FROM alike "  # noqa: S608
        f"WHERE {' AND '.join(conditions)}"
    )
    for *columns, rows, shortest, longest in connection.execute(query, values):
        spans = AlikeSpans(array("I", rows), array("q", shortest), array("q", longest))
        yield tuple(columns), spans


def _add(found: Found, spans: AlikeSpans, durations: Sequence[SpanDuration]) -> None:
    """Add the traces with such a span of these durations."""
    if not durations:
        found.possible.update(spans.rows)
        found.sure.update(spans.rows)
        return
    tests = [partial(_MIRRORED[wanted.comparison], wanted.nanoseconds) for wanted in durations]
    extremes = [
        spans.longest if wanted.comparison in (">", ">=") else spans.shortest
        for wanted in durations
    ]
    if len(durations) == 1:
        rows = list(compress(spans.rows, map(tests[0], extremes[0])))
        found.possible.update(rows)
        found.sure.update(rows)
        return
    # Not `strict`: recent columns grow meanwhile, and not all at once.
    possible = zip(*map(map, tests, extremes), strict=False)
    found.possible.update(compress(spans.rows, map(all, possible)))
    for column in (spans.shortest, spans.longest):
        sure = zip(*(map(test, column) for test in tests), strict=False)
        found.sure.update(compress(spans.rows, map(all, sure)))
