"""Like calls of one parent, which several detectors look at."""

from __future__ import annotations

from collections.abc import Iterator

from collector.analysis.concurrency import side_by_side
from collector.analysis.tree import Tree


def like_siblings(tree: Tree, at_least: int) -> Iterator[list[int]]:
    """The rows of each set of so many calls of one operation under one parent, by start. Calls that
    the parent did not wait for are left out."""
    families: dict[tuple[int, str, str, str], list[int]] = {}
    for row, span in enumerate(tree.spans):
        parent = tree.parent[row]
        if parent >= 0 and not tree.asynchronous[row]:
            family = (parent, span.service, span.name, span.resource)
            families.setdefault(family, []).append(row)
    return (rows for rows in families.values() if len(rows) >= at_least)


def one_after_another(tree: Tree, rows: list[int]) -> bool:
    """Whether most of the calls waited for the one before."""
    return 2 * len(side_by_side(tree, rows)) > len(rows)


def total(tree: Tree, rows: list[int]) -> int:
    """The sum of some rows' durations."""
    return sum(tree.spans[row].duration for row in rows)


def longest(tree: Tree, rows: list[int]) -> int:
    """The longest of some rows' durations."""
    return max(tree.spans[row].duration for row in rows)


def ids(tree: Tree, rows: list[int]) -> list[int]:
    """The span ids of some rows."""
    return [tree.spans[row].span_id for row in rows]
