"""Whether a trace matches, decided by its summary and spans, without any index.

A search is turned into closures once, which are then called for thousands of spans. This takes a
third of the time of walking the search's tree for each span.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter

from collector.analysis.request import Request, request_of
from collector.analysis.tree import build_tree
from collector.model import Span, number_text
from collector.name_template import HIDDEN
from collector.search.ast import (
    COMPARISONS,
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
from collector.store.index_terms import NAMING_FIELDS
from collector.trace_ids import TRACE_ID_DIGITS, may_be_one_trace
from collector.trace_summary import TraceSummary

TraceMatcher = Callable[[TraceSummary, list[Span]], bool]
SpanMatcher = Callable[[Span], bool]


def matcher(node: Node) -> TraceMatcher:
    """Return the search as a function that says whether a trace matches."""
    return _matcher(node, _LatestRequest())


class _LatestRequest:
    """The request of the trace that is being looked at: several terms ask for it, in turns."""

    def __init__(self) -> None:
        self._latest: tuple[list[Span], Request] | None = None

    def of(self, spans: list[Span]) -> Request:
        """Return the request that a trace with these spans is of."""
        latest = self._latest
        if latest is None or latest[0] is not spans:
            latest = self._latest = spans, request_of(build_tree(spans))
        return latest[1]


def _matcher(node: Node, latest: _LatestRequest) -> TraceMatcher:
    if isinstance(node, And):
        parts = [_matcher(part, latest) for part in node.parts]
        return lambda summary, spans: all(part(summary, spans) for part in parts)
    if isinstance(node, Or):
        parts = [_matcher(part, latest) for part in node.parts]
        return lambda summary, spans: any(part(summary, spans) for part in parts)
    if isinstance(node, Not):
        inner = _matcher(node.part, latest)
        return lambda summary, spans: not inner(summary, spans)
    if isinstance(node, OfSummary):
        matches_summary = _summary_matcher(node)
        return lambda summary, spans: matches_summary(summary)
    if isinstance(node, OfRequest):
        matches_request = _request_matcher(node)
        return lambda _, spans: matches_request(latest.of(spans))
    matches_span = span_matcher(node.part if isinstance(node, SameSpan) else node)
    return lambda summary, spans: any(map(matches_span, spans))


def _request_matcher(node: OfRequest) -> Callable[[Request], bool]:
    if isinstance(node, RouteField):
        get, matches = attrgetter(node.field), _text_matcher(node.text)
        return lambda request: matches(get(request.route))
    if isinstance(node, RootDuration):
        compare, nanoseconds = COMPARISONS[node.comparison], node.nanoseconds
        return lambda request: request.duration >= 0 and compare(request.duration, nanoseconds)
    failed = node.failed
    return lambda request: request.failed == failed


def _summary_matcher(node: OfSummary) -> Callable[[TraceSummary], bool]:
    if isinstance(node, RootField):
        get, matches = attrgetter(node.field), _field_matcher(node)
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
    if isinstance(node, TraceIdHalf):
        digits = node.digits
        return lambda summary: summary.trace_id.endswith(digits)
    some = node.some
    return lambda summary: some == (summary.errors > 0)


def span_matcher(node: Node) -> SpanMatcher:
    """Return what is in braces as a function that says whether one span matches all of it."""
    if isinstance(node, And):
        # Durations first: they are quickly compared, and most spans have another.
        quickest_first = sorted(node.parts, key=lambda part: not isinstance(part, SpanDuration))
        return _chain([span_matcher(part) for part in quickest_first])
    if isinstance(node, Or):
        parts = [span_matcher(part) for part in node.parts]
        return lambda span: any(part(span) for part in parts)
    if isinstance(node, Not):
        inner = span_matcher(node.part)
        return lambda span: not inner(span)
    if isinstance(node, Field):
        get, matches = attrgetter(node.field), _field_matcher(node)
        return lambda span: matches(get(span))
    if isinstance(node, Tag):
        key, matches = node.key, _text_matcher(node.text)
        return lambda span: key in span.tags and matches(number_text(span.tags[key]))
    if isinstance(node, TagNumber):
        tag, is_such_a_number = node.key, node.matches
        return lambda span: tag in span.tags and is_such_a_number(number_text(span.tags[tag]))
    if isinstance(node, Word):
        word = node.folded
        if HIDDEN in word:
            return lambda span: any(map(node.is_in, (span.service, span.name, span.resource)))
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
    if not parts:
        return lambda _: True
    if len(parts) == 1:
        return parts[0]
    first, rest = parts[0], _chain(parts[1:])
    return lambda span: first(span) and rest(span)


def _field_matcher(node: Field | RootField) -> Callable[[str], bool]:
    if node.field in NAMING_FIELDS and node.text.may_be_template:
        return node.text.matches_name
    return _text_matcher(node.text)


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
    return not isinstance(node, OfSummary)
