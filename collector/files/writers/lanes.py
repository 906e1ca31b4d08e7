"""Lanes for the spans of one service, for drawings in which what overlaps in a lane collides."""

from __future__ import annotations

import heapq

from collector.analysis.tree import Tree


def lanes_of(tree: Tree) -> list[int]:
    """Return the lane of each row, counted from 0 within its service. O(n log n).

    A span shares the lane of its nearest ancestor of the same service if it runs within it and
    nothing else is there at that time; else it has the first lane that has become free.
    """
    lane: list[int] = [0] * len(tree)
    stacks: dict[tuple[str, int], list[int]] = {}
    free: dict[str, list[tuple[int, int]]] = {}
    ancestor = _ancestors(tree)
    # Parents first, even where a child begins and ends with its parent.
    for row in sorted(range(len(tree)), key=lambda row: (tree.start[row], -tree.end[row], row)):
        service, above = tree.spans[row].service, ancestor[row]
        stack = stacks[service, lane[above]] if above >= 0 else []
        while stack and stack[-1] != above and tree.end[stack[-1]] <= tree.start[row]:
            stack.pop()
        if stack and stack[-1] == above and tree.end[row] <= tree.end[above]:
            lane[row] = lane[above]
            stack.append(row)
            continue
        lanes = free.setdefault(service, [])
        if lanes and lanes[0][0] <= tree.start[row]:
            lane[row] = heapq.heappop(lanes)[1]
        else:
            lane[row] = len(lanes)
        heapq.heappush(lanes, (tree.end[row], lane[row]))
        stacks[service, lane[row]] = [row]
    return lane


def _ancestors(tree: Tree) -> list[int]:
    """Return each row's nearest ancestor of the same service, -1 if there is none."""
    nearest: list[int] = []
    path: list[int] = []
    of_service: dict[str, list[int]] = {}
    for row, span in enumerate(tree.spans):
        while len(path) > tree.depth[row]:
            of_service[tree.spans[path.pop()].service].pop()
        above = of_service.setdefault(span.service, [])
        nearest.append(above[-1] if above else -1)
        above.append(row)
        path.append(row)
    return nearest
