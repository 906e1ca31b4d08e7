"""Which traces of a partition can match, found with the index alone."""

from __future__ import annotations

import sqlite3
from array import array
from collections.abc import Iterable
from itertools import chain

from collector.http_status import STATUS_TAGS
from collector.name_template import HIDDEN
from collector.search.alike_index import AFTER_ALL, SpanConditions, find
from collector.search.ast import (
    And,
    Error,
    Field,
    Measure,
    Node,
    Not,
    Or,
    RootDuration,
    RootField,
    RouteError,
    RouteField,
    SameSpan,
    SpanDuration,
    Tag,
    TagNumber,
    Text,
    TraceId,
    TraceIdHalf,
    Word,
)
from collector.search.candidate_rows import NO_ROWS, Candidates
from collector.store.index_terms import MAX_TERM_CHARS, NAMING_FIELDS, prefix, term, values_of
from collector.store.partition import Partition
from collector.store.recent_index import RecentIndex
from collector.trace_ids import TRACE_ID_DIGITS, lower_half, may_be_one_trace

FEW_TRACES = 200
"""Up to so many traces are looked into at once, rather than that more of the index is read."""


class Index:
    """The index of one partition at one moment: on disk, and in memory for recent traces."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        partition: Partition,
        recent: RecentIndex,
        rows: range | set[int],
    ) -> None:
        self._connection = connection
        self._partition = partition
        self._recent = recent
        self._all_rows = rows

    def candidates(self, node: Node) -> Candidates:
        """Return the traces that can match."""
        if isinstance(node, And):
            return self._intersection(node.parts)
        if isinstance(node, Or):
            return self._union(node.parts)
        if isinstance(node, Not):
            return Candidates.exactly(self._all_rows).but_not(self.candidates(node.part))
        if isinstance(node, SameSpan):
            return self._same_span(node.part)
        return self._leaf(node)

    def _union(self, parts: Iterable[Node]) -> Candidates:
        found = Candidates.exactly(NO_ROWS)
        for part in parts:
            found = found.or_else(self.candidates(part))
        return found

    def _intersection(self, parts: Iterable[Node]) -> Candidates:
        found = Candidates.exactly(self._all_rows)
        for part in parts:
            if isinstance(part, Not):  # rather than among all rows
                found = found.but_not(self.candidates(part.part))
            else:
                found = found.and_also(self.candidates(part))
            if not found.possible:
                break
        return found

    def _same_span(self, node: Node) -> Candidates:
        """Return candidates for what is in braces.

        A trace matches whatever one of its spans matches, but not the other way round.
        """
        if isinstance(node, And | Not):
            return self._described(node)
        if isinstance(node, Or):
            return self.candidates(Or(tuple(SameSpan(part) for part in node.parts)))
        if isinstance(node, Error) and not node.some:
            return Candidates.exactly(self._where("errors < spans"))
        return self._leaf(node)

    def _described(self, node: And | Not) -> Candidates:
        """Return candidates for a span that several conditions describe, or one that is negated."""
        wanted = SpanConditions.of(node)
        # What spans that are alike cannot tell. There must at least be a span for each of these.
        rest = [SameSpan(part) for part in (*wanted.tagged, *wanted.others) if part is not node]
        found = self._intersection(rest)
        if not rest or len(found.possible) > FEW_TRACES:
            alike = self._alike(wanted)
            if alike:
                return alike.and_also(Candidates(found.possible, self._all_rows))
        if isinstance(node, Not):
            return Candidates.perhaps(self._all_rows)
        parts = (SameSpan(part) for part in (*wanted.alike, *wanted.durations))
        return Candidates.perhaps(found.and_also(self._intersection(parts)).possible)

    def _alike(self, wanted: SpanConditions) -> Candidates | None:
        if self._partition.indexes_alike and (wanted.alike or wanted.tagged):
            has_tags = self._partition.indexes_shared_tags
            return find(self._connection, self._recent, wanted, has_tags)
        return None

    def _leaf(self, node: Node) -> Candidates:
        if isinstance(node, Field):
            return self._field(node)
        if isinstance(node, RouteField):  # the route's span is one of the trace's
            return Candidates.perhaps(self._leaf(Field(node.field, node.text)).possible)
        if isinstance(node, RouteError):
            return self._route_error(node)
        if isinstance(node, RootDuration):
            # The root lasts no longer than its trace, and at least as long as the shortest span.
            column = "duration" if node.comparison in (">", ">=") else "shortest"
            rows = self._where(f"{column} {node.comparison} ?", node.nanoseconds)
            return Candidates.perhaps(rows)
        if isinstance(node, Tag):
            return self._tag(node)
        if isinstance(node, TagNumber):
            return self._tag_number(node)
        if isinstance(node, Word):
            return self._word(node)
        return Candidates.exactly(self._by_trace_column(node))

    def _route_error(self, node: RouteError) -> Candidates:
        """Return candidates for a request that failed, or did not: without an error or a 5xx, which
        need not be one, no request fails."""
        statuses = [Tag(key, Text("5", prefix=True)) for key in STATUS_TAGS]
        failed = Candidates.perhaps(self._union([Error(some=True), *statuses]).possible)
        return failed if node.failed else Candidates.exactly(self._all_rows).but_not(failed)

    def _field(self, node: Field) -> Candidates:
        field, text = node.field, node.text
        if field not in NAMING_FIELDS or not text.may_be_template:
            recent_rows = self._recent.with_field(field, text.matches)
            return self._postings(recent_rows, text.prefix, field, text.value)
        recent_rows = self._recent.with_field(field, text.matches_name)
        if self._partition.indexes_templates:
            return self._postings(recent_rows, text.prefix, field, text.value)
        begins = text.value.partition(HIDDEN)[0]
        return Candidates.perhaps(self._postings(recent_rows, True, field, begins).possible)

    def _tag(self, node: Tag) -> Candidates:
        value = node.text.value
        if not node.text.prefix:
            recent_rows = self._recent.with_tag_value(node.key, value)
            return self._postings(recent_rows, False, "tag", node.key, value)
        recent_rows = self._recent.with_tag(node.key, node.text.matches)
        if not value:
            return self._postings(recent_rows, False, "key", node.key)
        return self._postings(recent_rows, True, "tag", node.key, value)

    def _tag_number(self, node: TagNumber) -> Candidates:
        rows = self._recent.with_tag(node.key, node.matches)
        cut: set[int] = set()
        begin = prefix("tag", node.key, "")
        query = "SELECT term, traces FROM posting WHERE term >= ? AND term < ?"
        for text, traces in self._connection.execute(query, (begin, begin + AFTER_ALL)):
            if len(text) > MAX_TERM_CHARS:
                cut.update(array("I", traces))
            elif node.matches(values_of(text)[1]):
                rows.update(array("I", traces))
        return Candidates.exactly(rows).or_else(Candidates.perhaps(cut))

    def _postings(
        self, recent_rows: set[int], is_prefix: bool, kind: str, *values: str
    ) -> Candidates:
        """Return the given recent traces and those that the index on disk has for the term."""
        rows = set(recent_rows)
        if is_prefix:
            begin = prefix(kind, *values)
            exact = len(begin) < MAX_TERM_CHARS
            query = "SELECT traces FROM posting WHERE term >= ? AND term < ?"
            postings = self._connection.execute(query, (begin, begin + AFTER_ALL))
        else:
            exact = True
            query = "SELECT traces FROM posting WHERE term = ?"
            postings = self._connection.execute(query, (term(kind, *values),))
        for (traces,) in postings:
            rows.update(array("I", traces))
        return Candidates.exactly(rows) if exact else Candidates.perhaps(rows)

    def _word(self, node: Word) -> Candidates:
        """Return the traces with a service, a name or a resource that contains the word."""
        rows: set[int] = set()
        cut: set[int] = set()
        for kind in ("service", "name", "resource"):
            rows |= self._recent.with_field(kind, node.is_in)
            begin = prefix(kind, "")
            query = "SELECT term, traces FROM posting WHERE term >= ? AND term < ?"
            for text, traces in self._connection.execute(query, (begin, begin + AFTER_ALL)):
                if node.is_in(values_of(text)[0]):
                    rows.update(array("I", traces))
                elif len(text) > MAX_TERM_CHARS:
                    cut.update(array("I", traces))
        return Candidates.exactly(rows).or_else(Candidates.perhaps(cut))

    def _by_trace_column(self, node: Node) -> set[int]:
        if isinstance(node, Measure):
            condition = f"{node.measure} {node.comparison} ?"
            if node.measure == "duration":
                # That of a trace without possible times is 0. All others are decided by the index
                # of durations alone: `+` keeps SQLite from looking into each row.
                condition += " AND (+duration > 0 OR longest >= 0)"
            return self._where(condition, node.value)
        if isinstance(node, SpanDuration):
            column = "longest" if node.comparison in (">", ">=") else "shortest"
            return self._where(f"{column} {node.comparison} ?", node.nanoseconds)
        if isinstance(node, Error):
            return self._where("errors > 0" if node.some else "errors = 0")
        if isinstance(node, TraceId):
            return self._by_trace_id(node.prefix)
        if isinstance(node, TraceIdHalf):
            return self._where("substr(trace_id, 17) = ?", node.digits)
        if isinstance(node, RootField):
            value = node.text.value
            if node.field in NAMING_FIELDS and node.text.may_be_template:
                return self._root_named(node)
            if node.text.prefix:
                condition = f"root_start >= 0 AND {node.field} >= ? AND {node.field} < ?"
                return self._where(condition, value, value + AFTER_ALL)
            return self._where(f"root_start >= 0 AND {node.field} = ?", value)
        raise TypeError(f"no index for {type(node).__name__}")

    def _root_named(self, node: RootField) -> set[int]:
        """Return the traces whose root has that name or resource, or that template of one."""
        begins = node.text.value.partition(HIDDEN)[0]
        query = (
            f"SELECT id, {node.field} FROM trace WHERE root_start >= 0"  # noqa: S608
            f" AND {node.field} >= ? AND {node.field} < ?"
        )
        named = self._connection.execute(query, (begins, begins + AFTER_ALL))
        return {row for row, name in named if node.text.matches_name(name)}

    def _by_trace_id(self, begin: str) -> set[int]:
        rows = self._where("trace_id >= ? AND trace_id < ?", begin, begin + "g")
        if len(begin) == TRACE_ID_DIGITS:
            query = "SELECT id, trace_id FROM trace WHERE substr(trace_id, 17) = ?"
            found = self._connection.execute(query, (lower_half(begin),))
            rows |= {row for row, trace_id in found if may_be_one_trace(begin, trace_id)}
        return rows

    def _where(self, condition: str, *values: object) -> set[int]:
        query = f"SELECT id FROM trace WHERE {condition}"  # noqa: S608 only conditions from above
        return set(chain.from_iterable(self._connection.execute(query, values)))
