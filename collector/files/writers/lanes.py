"""Lanes for the spans of one service, for drawings in which what overlaps in a lane collides."""

from __future__ import annotations

import heapq

from collector.analysis.tree import Tree

NONE = -1
"""In place of a row or a lane."""


def lanes_of(tree: Tree) -> list[int]:
    """Return the lane of each row, counted from 0 within its service. O(n log n).

    A span shares the lane of its nearest ancestor of the same service if it runs within it and
    nothing else is there at that time; else it has the first lane that has become free.
    """
    lane = [NONE] * len(tree)
    stacks: dict[tuple[str, int], list[int]] = {}
    free: dict[str, list[tuple[int, int]]] = {}
    ancestor = _ancestors(tree)
    # What starts together is in the order of rows, so parents come first.
    for row in sorted(range(len(tree)), key=tree.start.__getitem__):
        service, above = tree.spans[row].service, ancestor[row]
        has_lane = above != NONE and lane[above] != NONE  # it hasn't if it starts after its child
        stack = stacks[service, lane[above]] if has_lane else []
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
    """Return each row's nearest ancestor of the same service, or `NONE`."""
    nearest: list[int] = []
    path: list[int] = []
    of_service: dict[str, list[int]] = {}
    for row, span in enumerate(tree.spans):
        while len(path) > tree.depth[row]:
            of_service[tree.spans[path.pop()].service].pop()
        above = of_service.setdefault(span.service, [])
        nearest.append(above[-1] if above else NONE)
        above.append(row)
        path.append(row)
    return nearest
