"""Calls of the same operation by one parent, which several detectors look at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from statistics import median

from collector.analysis.concurrency import overlap_groups
from collector.analysis.detectors.round_time import round_time
from collector.analysis.span_keys import Operation, operation_of
from collector.analysis.tree import Tree

MAX_WRAPPERS = 3
"""Spans around a call, each with that one call in it, that are looked through: a method of a
repository, of a service, of a model."""
_NO_WRAPPERS = ("server", "producer", "consumer")
"""Kinds of spans that begin something of their own."""

ADDRESS_TAGS = ("url.full", "url.query", "http.url", "http.target")
"""Where clients record the whole address of a call, with what it asks for."""

MIN_TIMED_PAUSE_NS = 10_000_000
MAX_TIMED_SPREAD_NS = 3_000_000
"""How much pauses may differ and yet be one timer's."""


def same_siblings(tree: Tree, at_least: int) -> Iterator[list[int]]:
    """Yield the rows of each set of `at_least` or more calls of one operation under one parent, by
    start. Calls that the parent did not wait for are left out."""
    return same_calls(tree, range(len(tree)), at_least, max_wrappers=0)


def same_calls(
    tree: Tree, rows: Iterable[int], at_least: int, max_wrappers: int = MAX_WRAPPERS
) -> Iterator[list[int]]:
    """Yield those of the rows, by start, that are `at_least` or more calls of one operation under
    one parent; or each in a span of its own, of one operation as well, under one parent."""
    above = [(tree.parent[row], row) for row in rows]
    kind: dict[int, tuple[Operation, ...]] = {}
    for wrappers in range(max_wrappers + 1):
        families: dict[tuple[int, tuple[Operation, ...]], dict[int, int]] = {}
        for parent, row in above:
            below = row if not wrappers else parent
            if below < 0 or tree.asynchronous[below]:
                continue
            if wrappers:
                if tree.spans[below].tags.get("span.kind") in _NO_WRAPPERS:
                    continue
                parent = tree.parent[below]
            kind[row] = (*kind.get(row, ()), operation_of(tree.spans[below]))
            if parent >= 0:
                families.setdefault((parent, kind[row]), {})[row] = below
        above = []
        for (parent, _), family in families.items():
            if len(set(family.values())) >= at_least:
                yield list(family)
            else:
                above += [(parent, row) for row in family]


def one_after_another(tree: Tree, rows: list[int]) -> bool:
    """Tell whether most of the calls waited for the previous one."""
    return 2 * len(overlap_groups(tree, rows)) > len(rows)


def is_timed(tree: Tree, rows: list[int]) -> bool:
    """Tell whether a timer decides when the next call begins: the pauses, in which the parent does
    nothing else, are all as long as people write it down, and longer than the calls."""
    if len({tree.parent[row] for row in rows}) > 1 or len(rows) < 3:
        return False
    pauses = [tree.start[row] - tree.end[before] for before, row in pairwise(rows)]
    usual = median(pauses)
    if usual < max(MIN_TIMED_PAUSE_NS, median(tree.spans[row].duration for row in rows)):
        return False
    if max(pauses) - min(pauses) > MAX_TIMED_SPREAD_NS:
        return False
    if not round_time(min(pauses), MAX_TIMED_SPREAD_NS):
        return False
    busy = set(tree.children(tree.parent[rows[0]])).difference(rows)
    begin, end = tree.start[rows[0]], tree.end[rows[-1]]
    return not any(begin <= tree.start[row] < end for row in busy)


def total(tree: Tree, rows: list[int]) -> int:
    """Return the sum of some rows' durations, ns."""
    return sum(tree.spans[row].duration for row in rows)


def longest(tree: Tree, rows: list[int]) -> int:
    """Return the longest of some rows' durations, ns."""
    return max(tree.spans[row].duration for row in rows)


def ids(tree: Tree, rows: list[int]) -> list[int]:
    """Return the span ids of some rows."""
    return [tree.spans[row].span_id for row in rows]
