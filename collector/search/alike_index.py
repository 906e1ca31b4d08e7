"""Which traces have a span that is such and such and lasts so long, found with the index alone.

The index has, for spans of a trace that are alike, the shortest and the longest duration. If a span
lasts longer than 49 ms, so does the longest of those that are like it. It also has the
tags that all spans share that are alike, such as the version: for these none is looked at.
"""

from __future__ import annotations

import operator
import sqlite3
from array import array
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import compress
from typing import Any, NamedTuple

import msgspec

from collector.model import Span
from collector.search.ast import (
    And,
    Error,
    Field,
    Node,
    Not,
    Or,
    SpanDuration,
    Tag,
    TagNumber,
    Word,
)
from collector.search.candidate_rows import Candidates
from collector.search.match import span_matcher
from collector.store.index_terms import Tags
from collector.store.recent_index import AlikeSpans, RecentIndex

AFTER_ALL = "\U0010ffff"
"""Sorts after everything that a text can go on with."""
MAX_ROWS_BY_TAG = 5_000
"""Rows of a partition's index that are read if there are only tags to choose by. Where hardly any
spans are alike, it is quicker to look at some of them."""
_MIRRORED: dict[str, Callable[[Any, Any], bool]] = {
    ">": operator.lt,
    ">=": operator.le,
    "<": operator.gt,
    "<=": operator.ge,
}
"""Comparisons of a bound with a duration, by how the duration compares with the bound."""


_decode_tags = msgspec.msgpack.Decoder(Tags).decode


class SpanConditions(NamedTuple):
    """What one span has to be, taken apart by what can tell."""

    alike: tuple[Node, ...]
    """Conditions that all spans match that are like one that does."""
    tagged: tuple[Node, ...]
    """Conditions on tags, perhaps among such: decided if the tags are the same on all of them."""
    durations: tuple[SpanDuration, ...]
    others: tuple[Node, ...]
    """What the index of spans that are alike cannot tell."""

    @classmethod
    def of(cls, node: Node) -> SpanConditions:
        """Take apart what is in braces."""
        parts = list(_flat(node))
        durations = tuple(part for part in parts if isinstance(part, SpanDuration))
        alike = tuple(part for part in parts if _is_of(part, _ALIKE))
        tagged = tuple(part for part in parts if _is_of(part, _TAGGED) and part not in alike)
        known = (*durations, *alike, *tagged)
        return cls(alike, tagged, durations, tuple(part for part in parts if part not in known))


def _flat(node: Node) -> Iterator[Node]:
    if isinstance(node, And):
        for part in node.parts:
            yield from _flat(part)
    else:
        yield node


_ALIKE = (Field, Word, Error)
_TAGGED = (*_ALIKE, Tag, TagNumber)


def _is_of(node: Node, kinds: tuple[type, ...]) -> bool:
    """Return whether a condition is made of such kinds only."""
    if isinstance(node, And | Or):
        return all(_is_of(part, kinds) for part in node.parts)
    return _is_of(node.part, kinds) if isinstance(node, Not) else isinstance(node, kinds)


def find(
    connection: sqlite3.Connection,
    recent: RecentIndex,
    wanted: SpanConditions,
    has_shared_tags: bool = True,
) -> Candidates | None:
    """Return the traces with a span that matches all conditions but the `others`.

    None says that there is too much to read, and little to be gained.
    """
    found = _Found(wanted)
    decide = _decider(wanted.alike, wanted.tagged)
    for alike, recent_spans in list(recent.alike.items()):
        spans = AlikeSpans(*(column[:] for column in recent_spans))
        # After the rows: what comes meanwhile can only lessen what they have in common.
        found.add(spans, decide(_span_of(alike, recent.shared_tags[alike])))
    conditions, values, left = _in_sql(wanted.alike)
    decide = _decider(left, wanted.tagged)
    limit = -1 if wanted.alike else MAX_ROWS_BY_TAG
    shared_tags = "shared_tags" if has_shared_tags else "x'80'"
    query = (
        f"SELECT traces, shortest, longest, service, name, resource, type, error, {shared_tags} "  # noqa: S608
        f"FROM alike WHERE {' AND '.join(conditions)} LIMIT {limit}"
    )
    latest: tuple[list[Any], bytes] | None = None
    verdict: bool | None = True
    rows_read = 0
    for rows, shortest, longest, *alike, tags in connection.execute(query, values):
        rows_read += 1
        if (left or wanted.tagged) and (alike, tags) != latest:  # they come with every segment
            latest, verdict = (alike, tags), decide(_span_of(alike, _decode_tags(tags)))
        spans = AlikeSpans(array("I", rows), array("q", shortest), array("q", longest))
        found.add(spans, verdict)
    return None if rows_read == limit else found.candidates()


class _Found:
    """Rows of traces in the making."""

    def __init__(self, wanted: SpanConditions) -> None:
        self._tests = [_Test.of(duration) for duration in wanted.durations]
        self._sure: set[int] = set()
        self._undecided: set[int] = set()
        self._never_sure = bool(wanted.others)

    def add(self, spans: AlikeSpans, verdict: bool | None) -> None:
        """Add the traces where spans that are alike last as long as wanted, given what there is to
        say of these spans apart from that."""
        if verdict is False:
            return
        rows, shortest, longest = spans
        tests = self._tests
        possible = self._sure if verdict else self._undecided
        if not tests:
            possible.update(rows)
        elif len(tests) == 1:
            # Always decided: the longest is too short, or it is such a span itself.
            [(holds, of_longest)] = tests
            possible.update(compress(rows, map(holds, longest if of_longest else shortest)))
        else:
            # Not `strict`: recent columns grow meanwhile, and not all at once.
            may_hold = zip(
                *(map(holds, longest if of_longest else shortest) for holds, of_longest in tests),
                strict=False,
            )
            possible_rows = set(compress(rows, map(all, may_hold)))
            self._undecided |= possible_rows
            if verdict:
                for column in (shortest, longest):
                    hold = zip(*(map(holds, column) for holds, _ in tests), strict=False)
                    self._sure.update(possible_rows.intersection(compress(rows, map(all, hold))))

    def candidates(self) -> Candidates:
        """Return what was found."""
        if self._never_sure:
            return Candidates.perhaps(self._sure | self._undecided)
        if self._undecided <= self._sure:
            return Candidates.exactly(self._sure)
        return Candidates(self._sure | self._undecided, self._sure)


def _decider(alike: Sequence[Node], tagged: Sequence[Node]) -> Callable[[Span], bool | None]:
    """Return a function that tells whether spans match that are alike, given one with the tags that
    all of them have; None if some may and some not."""
    matches, verdict = span_matcher(And(tuple(alike))), _verdict(And(tuple(tagged)))
    return lambda span: matches(span) and verdict(span)


def _verdict(node: Node) -> Callable[[Span], bool | None]:
    if isinstance(node, And | Or):
        parts = [_verdict(part) for part in node.parts]
        decisive = isinstance(node, Or)

        def of_parts(span: Span) -> bool | None:
            verdicts = [part(span) for part in parts]
            if decisive in verdicts:
                return decisive
            return None if None in verdicts else not decisive

        return of_parts
    if isinstance(node, Not):
        inner = _verdict(node.part)
        return lambda span: None if (verdict := inner(span)) is None else not verdict
    matches = span_matcher(node)
    if isinstance(node, Tag | TagNumber):
        key = node.key
        return lambda span: matches(span) if key in span.tags else None
    return matches


def _span_of(alike: Sequence[Any], tags: Tags) -> Span:
    service, name, resource, type_, error = alike
    return Span(0, 0, service, name, resource, type_, 0, 0, error, tags)


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
