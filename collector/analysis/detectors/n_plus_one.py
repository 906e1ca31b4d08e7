"""N+1: a query for a list, then one more query for each item in it."""

from __future__ import annotations

from collections.abc import Iterator

from collector.analysis.detectors.finding import BATCH_LESSON, Finding, brief, ms
from collector.analysis.detectors.siblings import (
    ids,
    is_timed,
    longest,
    one_after_another,
    same_calls,
    total,
)
from collector.analysis.span_keys import operation_of
from collector.analysis.statements import asks_for_an_item, is_datastore_call
from collector.analysis.trace import Trace
from collector.analysis.tree import Tree
from collector.model import Span

MIN_CALLS = 5
"""Fewer calls are not a pattern. Sentry's detector of N+1 queries starts at five as well."""
MAX_READ_CALLS = 10
"""Calls of a set that are read to tell whether they ask for one item each."""
MIN_SHARE = 0.02
"""Share of the trace's duration to be saved; less is not worth a fix."""


def is_n_plus_one(span: Span, times: int, one_after_another: bool) -> bool:
    """Tell whether one visit that makes `times` calls like this one is an N+1: it asked for a list,
    and then for each of its N rows with one more query, each waiting for the previous one."""
    is_query = is_datastore_call(span) and asks_for_an_item(span)
    return times >= MIN_CALLS and one_after_another and is_query


def n_plus_one(trace: Trace) -> Iterator[Finding]:
    """Find five or more calls of one operation of a database or cache, one after another under one
    parent, or each in a span of its own there, that together take 2 % of the trace. One call for
    all would take about as long as the longest of them."""
    tree = trace.tree
    calls = [row for row in range(len(tree)) if _is_answered_call(tree, row)]
    for rows in same_calls(tree, calls, at_least=MIN_CALLS):
        cost = total(tree, rows) - longest(tree, rows)
        if cost < MIN_SHARE * trace.duration or not _is_comb(tree, rows):
            continue
        operation = operation_of(tree.spans[rows[0]])
        what = (
            f"{brief(operation)} × {len(rows)}, one after another, takes"
            f" {ms(total(tree, rows))} of {ms(trace.duration)}; the longest of them takes"
            f" {ms(longest(tree, rows))}, and so might one call for all"
        )
        yield Finding("n_plus_one", what, cost, ids(tree, rows), BATCH_LESSON)


def _is_answered_call(tree: Tree, row: int) -> bool:
    """Tell whether a span calls a database or a cache, and not from within such a call: there it is
    a part of a batch, or the same call as a driver sees it."""
    span, parent = tree.spans[row], tree.parent[row]
    within = parent >= 0 and is_datastore_call(tree.spans[parent])
    return is_datastore_call(span) and not span.error and not within


def _is_comb(tree: Tree, rows: list[int]) -> bool:
    """Tell whether most of these calls could be one."""
    apart = one_after_another(tree, rows)
    some = rows[:: 1 + len(rows) // MAX_READ_CALLS]
    items = sum(is_n_plus_one(tree.spans[row], len(rows), apart) for row in some)
    if 2 * items <= len(some):
        return False
    asks_again = len({tree.spans[row].resource for row in rows}) == 1
    return not (asks_again and is_timed(tree, rows))
