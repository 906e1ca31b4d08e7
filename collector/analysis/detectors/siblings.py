"""Calls of the same operation by one parent, which several detectors look at."""

from __future__ import annotations

from collections.abc import Iterator

from collector.analysis.concurrency import overlap_groups
from collector.analysis.tree import Tree

DATASTORE_TYPES = frozenset({"sql", "db", "cache", "redis"})
"""Span types of calls to a database or a cache."""


def same_siblings(tree: Tree, at_least: int) -> Iterator[list[int]]:
    """Yield the rows of each set of `at_least` or more calls of one operation under one parent, by
    start. Calls that the parent did not wait for are left out."""
    families: dict[tuple[int, str, str, str], list[int]] = {}
    for row, span in enumerate(tree.spans):
        parent = tree.parent[row]
        if parent >= 0 and not tree.asynchronous[row]:
            family = (parent, span.service, span.name, span.resource)
            families.setdefault(family, []).append(row)
    return (rows for rows in families.values() if len(rows) >= at_least)


def one_after_another(tree: Tree, rows: list[int]) -> bool:
    """Tell whether most of the calls waited for the previous one."""
    return 2 * len(overlap_groups(tree, rows)) > len(rows)


def total(tree: Tree, rows: list[int]) -> int:
    """Return the sum of some rows' durations, ns."""
    return sum(tree.spans[row].duration for row in rows)


def longest(tree: Tree, rows: list[int]) -> int:
    """Return the longest of some rows' durations, ns."""
    return max(tree.spans[row].duration for row in rows)


def ids(tree: Tree, rows: list[int]) -> list[int]:
    """Return the span ids of some rows."""
    return [tree.spans[row].span_id for row in rows]
