"""Which traces of a partition can match, from the index alone."""

from __future__ import annotations

import sqlite3
from array import array
from collections.abc import Iterable
from typing import NamedTuple

from collector.search.ast import (
    And,
    Error,
    Field,
    Measure,
    Node,
    Not,
    Or,
    RootField,
    SameSpan,
    SpanDuration,
    Tag,
    TraceId,
    Word,
)
from collector.store.index_terms import LONGEST, prefix, term, values_of
from collector.store.recent_index import Tail

_LAST = "\U0010ffff"
"""Sorts behind everything that a term goes on with."""


class Candidates(NamedTuple):
    """Numbers of traces among which are all that match."""

    rows: set[int] | range
    exact: bool
    """Whether each of them matches. If not, one has to look at its spans."""


class Index:
    """The index of one partition as it was at one moment: what is on disk, and the tail."""

    def __init__(self, connection: sqlite3.Connection, tail: Tail, rows: range) -> None:
        self._connection = connection
        self._tail = tail
        self._all = rows

    def candidates(self, node: Node) -> Candidates:
        """The traces that can match."""
        if isinstance(node, And):
            return self._intersection(node.parts)
        if isinstance(node, Or):
            found = [self.candidates(part) for part in node.parts]
            rows = set().union(*[each.rows for each in found])
            return Candidates(rows, all(each.exact for each in found))
        if isinstance(node, Not):
            found_one = self.candidates(node.part)
            if not found_one.exact:
                return Candidates(self._all, False)
            return Candidates(set(self._all).difference(found_one.rows), True)
        if isinstance(node, SameSpan):
            return self._same_span(node.part)
        return self._leaf(node)

    def _intersection(self, parts: Iterable[Node]) -> Candidates:
        rows: set[int] | range = self._all
        exact = True
        for part in parts:
            found = self.candidates(part)
            rows = set(rows).intersection(found.rows) if rows is not self._all else found.rows
            exact = exact and found.exact
            if not rows:
                break
        return Candidates(rows, exact)

    def _same_span(self, node: Node) -> Candidates:
        """What holds of one span holds of the trace, but not the other way round."""
        if isinstance(node, Not):
            return Candidates(self._all, False)
        if isinstance(node, And):
            parts = [SameSpan(part) for part in node.parts]
            return self._intersection(parts)._replace(exact=False)
        if isinstance(node, Or):
            return self.candidates(Or(tuple(SameSpan(part) for part in node.parts)))
        if isinstance(node, Error) and not node.some:
            return Candidates(self._where("errors < spans"), True)
        return self._leaf(node)

    def _leaf(self, node: Node) -> Candidates:
        if isinstance(node, Field):
            in_tail = self._tail.with_field(node.field, node.text.holds)
            return self._postings(in_tail, node.text.prefix, node.field, node.text.value)
        if isinstance(node, Tag):
            return self._tag(node)
        if isinstance(node, Word):
            return self._word(node.folded)
        return Candidates(self._of_the_trace(node), True)

    def _tag(self, node: Tag) -> Candidates:
        value = node.text.value
        if not node.text.prefix:
            in_tail = self._tail.with_tag_value(node.key, value)
            return self._postings(in_tail, False, "tag", node.key, value)
        in_tail = self._tail.with_tag(node.key, node.text.holds)
        if not value:
            return self._postings(in_tail, False, "key", node.key)
        return self._postings(in_tail, True, "tag", node.key, value)

    def _postings(self, in_tail: set[int], is_prefix: bool, kind: str, *values: str) -> Candidates:
        """Traces from the tail and from the index on disk."""
        rows = set(in_tail)
        if is_prefix:
            begin = prefix(kind, *values)
            exact = len(begin) < LONGEST
            query = "SELECT traces FROM posting WHERE term >= ? AND term < ?"
            found = self._connection.execute(query, (begin, begin + _LAST))
        else:
            exact = True
            query = "SELECT traces FROM posting WHERE term = ?"
            found = self._connection.execute(query, (term(kind, *values),))
        for (traces,) in found:
            rows.update(array("I", traces))
        return Candidates(rows, exact)

    def _word(self, folded: str) -> Candidates:
        """Traces with a service, a name or a resource that contains the word."""
        rows: set[int] = set()
        exact = True
        for kind in ("service", "name", "resource"):
            rows |= self._tail.with_field(kind, lambda text: folded in text.casefold())
            begin = prefix(kind, "")
            query = "SELECT term, traces FROM posting WHERE term >= ? AND term < ?"
            for text, traces in self._connection.execute(query, (begin, begin + _LAST)):
                if folded in values_of(text)[0].casefold():
                    rows.update(array("I", traces))
                elif len(text) > LONGEST:
                    rows.update(array("I", traces))
                    exact = False
        return Candidates(rows, exact)

    def _of_the_trace(self, node: Node) -> set[int]:
        if isinstance(node, Measure):
            return self._where(f"{node.measure} {node.comparison} ?", node.value)
        if isinstance(node, SpanDuration):
            most = "longest" if node.comparison in (">", ">=") else "shortest"
            return self._where(f"{most} {node.comparison} ?", node.nanoseconds)
        if isinstance(node, Error):
            return self._where("errors > 0" if node.some else "errors = 0")
        if isinstance(node, TraceId):
            return self._where("trace_id >= ? AND trace_id < ?", node.prefix, node.prefix + "g")
        if isinstance(node, RootField):
            value = node.text.value
            if node.text.prefix:
                condition = f"root_start >= 0 AND {node.field} >= ? AND {node.field} < ?"
                return self._where(condition, value, value + _LAST)
            return self._where(f"root_start >= 0 AND {node.field} = ?", value)
        raise TypeError(f"no index for {type(node).__name__}")

    def _where(self, condition: str, *values: object) -> set[int]:
        query = f"SELECT id FROM trace WHERE {condition}"  # noqa: S608 the conditions above
        return {row for (row,) in self._connection.execute(query, values)}
