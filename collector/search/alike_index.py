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
    tests = [_Test.of(duration) for duration in wanted.durations]
    possible: set[int] = set()
    # One duration is always decided: the longest is too short, or it is such a span itself.
    found = Found(possible, possible if len(tests) < 2 else set())
    matches = span_matcher(And(wanted.alike))
    for alike, spans in list(recent.alike.items()):
        if matches(_span_of(*alike)):
            _add(found, spans, tests)
    conditions, values, left = _in_sql(wanted.alike)
    matches_rest = span_matcher(And(left))
    query = (
        "SELECT service, name, resource, type, error, traces, shortest, longest FROM alike "  # noqa: S608
        f"WHERE {' AND '.join(conditions)}"
    )
    latest, matching = None, True
    for *columns, rows, shortest, longest in connection.execute(query, values):
        if left and columns != latest:  # the same ones come again with every segment
            latest, matching = columns, matches_rest(_span_of(*columns))
        if matching:
            spans = AlikeSpans(array("I", rows), array("q", shortest), array("q", longest))
            _add(found, spans, tests)
    return found


def _span_of(service: str, name: str, resource: str, type_: str, error: int) -> Span:
    return Span(0, 0, service, name, resource, type_, 0, 0, error)


def _in_sql(alike: Sequence[Node]) -> tuple[list[str], list[str | int], tuple[Node, ...]]:
    """Return what SQLite can tell by itself, as conditions and their values, and what is left. It
    is much quicker where every span has a name of its own."""
    conditions: list[str] = ["1"]
    values: list[str | int] = []
    left: list[Node] = []
    for node in alike:
        if isinstance(node, Field) and not node.text.may_be_template:
            conditions.append(f"{node.field} BETWEEN ? AND ?")
            values += [node.text.value, node.text.value + AFTER_ALL * node.text.prefix]
        elif isinstance(node, Error):
            conditions.append("error = ?")
            values.append(int(node.some))
        else:
            left.append(node)
    return conditions, values, tuple(left)


class _Test(NamedTuple):
    """A condition on a duration."""

    holds: Callable[[int], bool]
    of_longest: bool
    """Whether it holds for the longest of several spans if it does for any; if not, it does for the
    shortest."""

    @classmethod
    def of(cls, wanted: SpanDuration) -> _Test:
        holds = partial(_MIRRORED[wanted.comparison], wanted.nanoseconds)
        return cls(holds, wanted.comparison in (">", ">="))


def _add(found: Found, spans: AlikeSpans, tests: Sequence[_Test]) -> None:
    """Add the traces with such a span of these durations."""
    rows, shortest, longest = spans
    if not tests:
        found.possible.update(rows)
        return
    if len(tests) == 1:
        [(holds, of_longest)] = tests
        found.possible.update(compress(rows, map(holds, longest if of_longest else shortest)))
        return
    # Not `strict`: recent columns grow meanwhile, and not all at once.
    possible = zip(
        *(map(holds, longest if of_longest else shortest) for holds, of_longest in tests),
        strict=False,
    )
    found.possible.update(compress(rows, map(all, possible)))
    for column in (shortest, longest):
        sure = zip(*(map(holds, column) for holds, _ in tests), strict=False)
        found.sure.update(compress(rows, map(all, sure)))
