"""Whether a trace matches, decided by its summary and spans, without any index.

A search is turned into closures once, which are then called for thousands of spans. This takes a
third of the time of walking the search's tree for each span.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter

from collector.model import Span
from collector.search.ast import (
    COMPARISONS,
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
    Text,
    TraceId,
    Word,
)
from collector.trace_ids import TRACE_ID_DIGITS, may_be_one_trace
from collector.trace_summary import TraceSummary, number_text

TraceMatcher = Callable[[TraceSummary, list[Span]], bool]
SpanMatcher = Callable[[Span], bool]


def matcher(node: Node) -> TraceMatcher:
    """Return the search as a function that says whether a trace matches."""
    if isinstance(node, And):
        parts = [matcher(part) for part in node.parts]
        return lambda summary, spans: all(part(summary, spans) for part in parts)
    if isinstance(node, Or):
        parts = [matcher(part) for part in node.parts]
        return lambda summary, spans: any(part(summary, spans) for part in parts)
    if isinstance(node, Not):
        inner = matcher(node.part)
        return lambda summary, spans: not inner(summary, spans)
    if isinstance(node, RootField | Measure | TraceId | Error):
        matches_summary = _summary_matcher(node)
        return lambda summary, spans: matches_summary(summary)
    matches_span = span_matcher(node.part if isinstance(node, SameSpan) else node)
    return lambda summary, spans: any(map(matches_span, spans))


def _summary_matcher(node: RootField | Measure | TraceId | Error) -> Callable[[TraceSummary], bool]:
    if isinstance(node, RootField):
        get, matches = attrgetter(node.field), _text_matcher(node.text)
        return lambda summary: summary.root_received and matches(get(summary))
    if isinstance(node, Measure):
        get, compare, value = attrgetter(node.measure), COMPARISONS[node.comparison], node.value
        if node.measure == "duration":
            return lambda summary: summary.timed and compare(summary.duration, value)
        return lambda summary: compare(get(summary), value)
    if isinstance(node, TraceId):
        prefix = node.prefix
        if len(prefix) == TRACE_ID_DIGITS:
            return lambda summary: may_be_one_trace(prefix, summary.trace_id)
        return lambda summary: summary.trace_id.startswith(prefix)
    some = node.some
    return lambda summary: some == (summary.errors > 0)


def span_matcher(node: Node) -> SpanMatcher:
    """Return what is in braces as a function that says whether one span matches all of it."""
    if isinstance(node, And):
        return _chain([span_matcher(part) for part in node.parts])
    if isinstance(node, Or):
        parts = [span_matcher(part) for part in node.parts]
        return lambda span: any(part(span) for part in parts)
    if isinstance(node, Not):
        inner = span_matcher(node.part)
        return lambda span: not inner(span)
    if isinstance(node, Field):
        get, matches = attrgetter(node.field), _text_matcher(node.text)
        return lambda span: matches(get(span))
    if isinstance(node, Tag):
        key, matches = node.key, _text_matcher(node.text)
        return lambda span: key in span.tags and matches(number_text(span.tags[key]))
    if isinstance(node, Word):
        word = node.folded
        return lambda span: word in f"{span.service}\0{span.name}\0{span.resource}".casefold()
    if isinstance(node, Error):
        some = int(node.some)
        return lambda span: span.error == some
    if isinstance(node, SpanDuration):
        compare, nanoseconds = COMPARISONS[node.comparison], node.nanoseconds
        return lambda span: not span.arrived and compare(span.duration, nanoseconds)
    raise TypeError(f"{type(node).__name__} describes the whole trace")


def _chain(parts: list[SpanMatcher]) -> SpanMatcher:
    """Return a function that calls the parts in turn until one does not match."""
    if len(parts) == 1:
        return parts[0]
    first, rest = parts[0], _chain(parts[1:])
    return lambda span: first(span) and rest(span)


def _text_matcher(wanted: Text) -> Callable[[str], bool]:
    value = wanted.value
    if wanted.prefix:
        return lambda text: text.startswith(value)
    return value.__eq__


def needs_spans(node: Node) -> bool:
    """Return whether the summary alone is not enough to decide."""
    if isinstance(node, And | Or):
        return any(needs_spans(part) for part in node.parts)
    if isinstance(node, Not):
        return needs_spans(node.part)
    return not isinstance(node, RootField | Measure | TraceId | Error)
