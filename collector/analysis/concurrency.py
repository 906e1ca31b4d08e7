"""What ran side by side, and what one after another."""

from __future__ import annotations

from collections.abc import Iterable

from collector.analysis.tree import Tree


def side_by_side(tree: Tree, rows: Iterable[int]) -> list[list[int]]:
    """The rows in groups, by start: within a group each span began before all earlier ones had
    ended.

    As many groups as rows means one after another; one group means a fork of all. Touching is not
    overlapping, and overlapping by at most 1 % of the shorter one counts as touching, because two
    clock readings are never quite at the same moment.
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
