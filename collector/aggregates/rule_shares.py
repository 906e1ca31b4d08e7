"""Which part of what is stored each rule of head sampling has let through."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from heapq import merge
from itertools import islice

from collector.model import Span
from collector.sampling.head_rule import HeadRule, pattern_matcher
from collector.search.parser import EVERYTHING
from collector.search.search import ALL_TIME, open_views
from collector.search.view import View
from collector.store.trace_store import TraceStore
from collector.trace_summary import TraceSummary

MAX_TRACES = 500
"""The newest traces are looked at."""
MAX_READ_SPANS = 1_000
"""Of larger traces the tags of the root are not read, so a rule about tags does not match them."""

HOW_COMPUTED = {
    "share": (
        f"of the spans of the newest {MAX_TRACES} stored traces, those in traces whose root this"
        " rule is the first to match: a span takes about as much room as another one"
        " (collector.aggregates.rule_shares)"
    )
}

_PLACEHOLDER = re.compile(r"<[^<>]*>")

Matches = Callable[[TraceSummary, Callable[[], Span | None]], bool]
"""Tells whether a rule matches a trace by its summary and its root, which is read if needed."""


def rule_shares(store: TraceStore, rules: Sequence[HeadRule]) -> list[float]:
    """Return the share, 0 to 1, of each rule in the spans of the newest traces that are stored.

    They stand for bytes: a span takes about as much room as another one.
    """
    if not rules:
        return []
    checks = [_check(rule) for rule in rules]
    spans: Counter[int] = Counter()
    for view, row in _newest(store):
        summary = view.summary(row)
        spans[_first_match(checks, view, row, summary)] += summary.spans
    in_all = sum(spans.values()) or 1
    return [spans[number] / in_all for number in range(len(rules))]


def _newest(store: TraceStore) -> Iterator[tuple[View, int]]:
    with open_views(store, EVERYTHING, ALL_TIME) as views:
        streams = [_of_view(view) for view in views]
        newest = merge(*streams, key=lambda trace: trace[0], reverse=True)
        for _, view, row in islice(newest, MAX_TRACES):
            yield view, row


def _of_view(view: View) -> Iterator[tuple[int, View, int]]:
    for start, _, row, _ in view.newest():
        yield start, view, row


def _first_match(checks: Sequence[Matches], view: View, row: int, summary: TraceSummary) -> int:
    """Return the number of the first rule that matches a trace; -1 if none does."""

    def root() -> Span | None:
        if summary.spans > MAX_READ_SPANS:
            return None
        return next((span for span in view.spans(row) if not span.parent_id), None)

    return next((number for number, matches in enumerate(checks) if matches(summary, root)), -1)


def _check(rule: HeadRule) -> Matches:
    # As in tracers, a route's variables, as in `GET /beers/<name>`, stand for anything.
    resource = pattern_matcher(_PLACEHOLDER.sub("*", rule.resource))
    service, name = pattern_matcher(rule.service), pattern_matcher(rule.name)
    tags = {key: pattern_matcher(pattern) for key, pattern in rule.tags.items()}

    def matches(summary: TraceSummary, root: Callable[[], Span | None]) -> bool:
        if not (service(summary.service) and name(summary.name) and resource(summary.resource)):
            return False
        if not tags:
            return True
        span = root()
        return span is not None and all(
            key in span.tags and fits(str(span.tags[key])) for key, fits in tags.items()
        )

    return matches
