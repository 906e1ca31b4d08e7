"""Searches as conditions in ClickHouse's SQL. Values are bound, never pasted.

A trace is a group of rows of the table `span`, so what a trace has to have is a condition on the
group: that some span is of a service is `max(service = …)`, that one span matches several things at
once is `max(… AND …)`. It does not matter whether a span is stored twice.
"""

from __future__ import annotations

from typing import NamedTuple

from collector.name_template import HIDDEN
from collector.search.ast import (
    And,
    Error,
    Field,
    Measure,
    Node,
    Not,
    OfRequest,
    OfSummary,
    Or,
    RootDuration,
    RootField,
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
from collector.store.clickhouse.bound_values import BoundValues
from collector.store.index_terms import NAMING_FIELDS
from collector.trace_ids import HALF_DIGITS, NO_UPPER_HALF, TRACE_ID_DIGITS

TIMED = "(countIf(arrived = 0) > 0)"
"""Whether a trace has a span with possible times."""
START = f"if({TIMED}, minIf(start, arrived = 0), min(arrived))"
"""When a trace started, as its summary says."""
DURATION = f"if({TIMED}, maxIf(start + duration, arrived = 0) - minIf(start, arrived = 0), 0)"
"""How long a trace took, as its summary says."""
SPANS = "uniqExact(identity)"
"""How many spans a trace has, each counted once."""
_ROOT = "argMinIf({column}, (arrived, start, received), parent_id = 0)"
_MAX_WHOLE = 2**63 - 1


class TraceCondition(NamedTuple):
    """A condition on a trace that holds for all that match."""

    sql: str
    exact: bool
    """Whether it holds for no others. If False, their spans must be checked."""


_ALL = TraceCondition("1", True)
_ANY = TraceCondition("1", False)


def trace_condition(node: Node, values: BoundValues) -> TraceCondition:
    """Return a search as a condition on a group of spans."""
    if isinstance(node, And):
        parts = [trace_condition(part, values) for part in node.parts]
        return _joined(parts, " AND ") if parts else _ALL
    if isinstance(node, Or):
        return _joined([trace_condition(part, values) for part in node.parts], " OR ")
    if isinstance(node, Not):
        inner = trace_condition(node.part, values)
        return TraceCondition(f"NOT {inner.sql}", True) if inner.exact else _ANY
    if isinstance(node, OfSummary):
        return TraceCondition(f"({_of_summary(node, values)})", True)
    if isinstance(node, OfRequest):
        return _of_request(node, values)
    part = node.part if isinstance(node, SameSpan) else node
    return TraceCondition(f"(max({span_condition(part, values)}) = 1)", True)


class RareSpan(NamedTuple):
    """A part of a search that few spans fulfil, and the rest of it."""

    condition: str
    """A condition on a span, which one at least of each trace that matches fulfils."""
    rest: Node
    """What else is asked of those traces."""


def rare_span(node: Node, values: BoundValues) -> RareSpan | None:
    """Return the part of a search that asks for a span with a tag of some value; None if it has
    none."""
    parts = node.parts if isinstance(node, And) else (node,)
    for part in parts:
        of_span = part.part if isinstance(part, SameSpan) else part
        terms = of_span.parts if part is not of_span and isinstance(of_span, And) else (of_span,)
        for term in terms:
            if isinstance(term, Tag) and not term.text.prefix:
                # The index of tags' values understands `has`.
                has_value = f"has(tag.value, {values.text(term.text.value)})"
                rest = And(tuple(other for other in parts if other is not part))
                return RareSpan(f"{has_value} AND {span_condition(of_span, values)}", rest)
    return None


def _joined(parts: list[TraceCondition], word: str) -> TraceCondition:
    return TraceCondition(
        f"({word.join(part.sql for part in parts)})", all(part.exact for part in parts)
    )


def _of_summary(node: OfSummary, values: BoundValues) -> str:
    if isinstance(node, RootField):
        columns = _columns(node.field, node.text)
        named = " OR ".join(
            _text(_ROOT.format(column=column), node.text, values) for column in columns
        )
        return f"countIf(parent_id = 0) > 0 AND ({named})"
    if isinstance(node, Measure):
        value = values.whole(min(node.value, _MAX_WHOLE))
        if node.measure == "duration":
            return f"{TIMED} AND {DURATION} {node.comparison} {value}"
        return f"{SPANS} {node.comparison} {value}"
    if isinstance(node, TraceId):
        return _trace_id(node.prefix, values)
    if isinstance(node, TraceIdHalf):
        return f"lower = {values.unsigned(int(node.digits, 16))}"
    return f"max(error) = {int(node.some)}"


def _of_request(node: OfRequest, values: BoundValues) -> TraceCondition:
    """Return what is true of every trace that may match: more than that only its tree can tell."""
    if isinstance(node, RouteField):  # the route's span is one of the trace's
        return trace_condition(Field(node.field, node.text), values)._replace(exact=False)
    if isinstance(node, RootDuration):
        # The root lasts no longer than its trace, and at least as long as the shortest span.
        bound = values.whole(min(node.nanoseconds, _MAX_WHOLE))
        shortest = "minIf(duration, arrived = 0)"
        measure = DURATION if node.comparison in (">", ">=") else shortest
        return TraceCondition(f"({TIMED} AND {measure} {node.comparison} {bound})", False)
    return _ANY  # a 5xx need not be an error of its span


def _trace_id(prefix: str, values: BoundValues) -> str:
    if len(prefix) == TRACE_ID_DIGITS:
        lower = f"lower = {values.unsigned(int(prefix[HALF_DIGITS:], 16))}"
        if prefix.startswith(NO_UPPER_HALF):
            return lower
        return f"{lower} AND upper IN (0, {values.unsigned(int(prefix[:HALF_DIGITS], 16))})"
    first, last = (prefix.ljust(TRACE_ID_DIGITS, digit) for digit in "0f")
    first_halves, last_halves = _halves(first, values), _halves(last, values)
    return f"(upper, lower) >= {first_halves} AND (upper, lower) <= {last_halves}"


def _halves(trace_id: str, values: BoundValues) -> str:
    upper, lower = trace_id[:HALF_DIGITS], trace_id[HALF_DIGITS:]
    return f"({values.unsigned(int(upper, 16))}, {values.unsigned(int(lower, 16))})"


def span_condition(node: Node, values: BoundValues) -> str:
    """Return what is in braces, or a term about spans, as a condition on one span: 0 or 1."""
    if isinstance(node, And):
        parts = [span_condition(part, values) for part in node.parts]
        return f"({' AND '.join(parts)})" if parts else "1"
    if isinstance(node, Or):
        return f"({' OR '.join(span_condition(part, values) for part in node.parts)})"
    if isinstance(node, Not):
        return f"NOT {span_condition(node.part, values)}"
    if isinstance(node, Field):
        matches = [_text(col, node.text, values) for col in _columns(node.field, node.text)]
        return f"({' OR '.join(matches)})"
    if isinstance(node, Tag):
        key = values.text(node.key)
        if node.text == Text("", prefix=True):
            return f"has(tag.key, {key})"
        value = _text("text", node.text, values)
        return f"arrayExists((a_key, text) -> a_key = {key} AND {value}, tag.key, tag.value)"
    if isinstance(node, TagNumber):
        key, number = values.text(node.key), values.number(node.number)
        compared = f"a_key = {key} AND a_number {node.comparison} {number}"
        return f"arrayExists((a_key, a_number) -> {compared}, tag.key, tag.number)"
    if isinstance(node, Word):
        word = values.text(node.folded)
        columns = ("folded", "folded_template") if HIDDEN in node.folded else ("folded",)
        return f"({' OR '.join(f'position({column}, {word}) > 0' for column in columns)})"
    if isinstance(node, Error):
        return f"(error = {int(node.some)})"
    if isinstance(node, SpanDuration):
        bound = values.whole(min(node.nanoseconds, _MAX_WHOLE))
        return f"(arrived = 0 AND duration {node.comparison} {bound})"
    raise TypeError(f"{type(node).__name__} describes the whole trace")


def _columns(field: str, text: Text) -> tuple[str, ...]:
    """Return the columns that may have the text: a name is found by its template, too."""
    if field in NAMING_FIELDS and text.may_be_template:
        return field, f"{field}_template"
    return (field,)


def _text(column: str, text: Text, values: BoundValues) -> str:
    bound = values.text(text.value)
    return f"startsWith({column}, {bound})" if text.prefix else f"{column} = {bound}"
