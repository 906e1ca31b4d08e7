"""Which spans ran side by side, and which one after another."""

from __future__ import annotations

from collections.abc import Iterable

from collector.analysis.tree import Tree


def overlap_groups(tree: Tree, rows: Iterable[int]) -> list[list[int]]:
    """Return the rows in groups, by start: within a group each span began before all earlier ones
    had ended.

    As many groups as rows means one after another; a single group means all side by side. Spans
    that only touch do not overlap, and an overlap of at most 1 % of the shorter one counts as
    touching, because two clock readings are never quite at the same moment.
    """
    groups: list[list[int]] = []
    latest = 0
    for row in sorted(rows, key=tree.start.__getitem__):
        start, end = tree.start[row], tree.end[row]
        if groups and (latest - start) * 100 > min(end - start, latest - tree.start[groups[-1][0]]):
            groups[-1].append(row)
            latest = max(latest, end)
        else:
            groups.append([row])
            latest = end
    return groups
