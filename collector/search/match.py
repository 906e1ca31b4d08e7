"""Does this trace match? A search as a function of a trace's summary and spans, without any index.

Searches are turned into closures once, and these are then called for thousands of spans: that takes
a third of the time of walking over the search's tree for each of them.
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
from collector.trace_summary import Summary, number_text

OfTrace = Callable[[Summary, list[Span]], bool]
OfSpan = Callable[[Span], bool]


def matcher(node: Node) -> OfTrace:
    """The search as a function that says whether a trace matches."""
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
        of_summary = _summary_matcher(node)
        return lambda summary, spans: of_summary(summary)
    holds = span_matcher(node.part if isinstance(node, SameSpan) else node)
    return lambda summary, spans: any(map(holds, spans))


def _summary_matcher(node: RootField | Measure | TraceId | Error) -> Callable[[Summary], bool]:
    if isinstance(node, RootField):
        get, holds = attrgetter(node.field), _text_matcher(node.text)
        return lambda summary: summary.root_received and holds(get(summary))
    if isinstance(node, Measure):
        get, compare, value = attrgetter(node.measure), COMPARISONS[node.comparison], node.value
        return lambda summary: compare(get(summary), value)
    if isinstance(node, TraceId):
        prefix = node.prefix
        return lambda summary: summary.trace_id.startswith(prefix)
    some = node.some
    return lambda summary: some == (summary.errors > 0)


def span_matcher(node: Node) -> OfSpan:
    """What stands in braces as a function that says whether all of it holds of one span."""
    if isinstance(node, And):
        return _chain([span_matcher(part) for part in node.parts])
    if isinstance(node, Or):
        parts = [span_matcher(part) for part in node.parts]
        return lambda span: any(part(span) for part in parts)
    if isinstance(node, Not):
        inner = span_matcher(node.part)
        return lambda span: not inner(span)
    if isinstance(node, Field):
        get, holds = attrgetter(node.field), _text_matcher(node.text)
        return lambda span: holds(get(span))
    if isinstance(node, Tag):
        key, holds = node.key, _text_matcher(node.text)
        return lambda span: key in span.tags and holds(number_text(span.tags[key]))
    if isinstance(node, Word):
        word = node.folded
        return lambda span: word in f"{span.service}\0{span.name}\0{span.resource}".casefold()
    if isinstance(node, Error):
        some = int(node.some)
        return lambda span: span.error == some
    if isinstance(node, SpanDuration):
        compare, nanoseconds = COMPARISONS[node.comparison], node.nanoseconds
        return lambda span: compare(span.duration, nanoseconds)
    raise TypeError(f"{type(node).__name__} is of the whole trace")


def _chain(parts: list[OfSpan]) -> OfSpan:
    """All of the parts, the first that does not hold ends it."""
    if len(parts) == 1:
        return parts[0]
    first, rest = parts[0], _chain(parts[1:])
    return lambda span: first(span) and rest(span)


def _text_matcher(text: Text) -> Callable[[str], bool]:
    value = text.value
    if text.prefix:
        return lambda found: found.startswith(value)
    return value.__eq__


def needs_spans(node: Node) -> bool:
    """Whether the summary alone does not tell."""
    if isinstance(node, And | Or):
        return any(needs_spans(part) for part in node.parts)
    if isinstance(node, Not):
        return needs_spans(node.part)
    return not isinstance(node, RootField | Measure | TraceId | Error)
