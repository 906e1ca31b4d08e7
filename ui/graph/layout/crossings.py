"""The order within layers: edges should cross as little as can be had cheaply."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Sequence
from itertools import pairwise

from ui.graph.layout.layers import Layers

SWEEPS = 12
EFFORT = 30_000
"""Vertices that may be sorted for one picture: of a huge graph nobody sees the last crossing."""


def uncrossed(graph: Layers) -> list[list[int]]:
    """The layers in a better order: sweeps forth and back put each vertex at the mean place of its
    neighbours (barycentre); the order with the fewest crossings is kept, the first of equals."""
    best = [list(row) for row in graph.rows]
    fewest = crossings(best, graph.after)
    rows = [list(row) for row in best]
    for sweep in range(min(SWEEPS, EFFORT // max(1, len(graph.after)))):
        if not fewest:
            break
        forth = sweep % 2 == 0
        neighbours = graph.before if forth else graph.after
        places = range(1, len(rows)) if forth else range(len(rows) - 2, -1, -1)
        for at in places:
            _sort(rows[at], rows[at - 1 if forth else at + 1], neighbours)
        now = crossings(rows, graph.after)
        if now < fewest:
            best, fewest = [list(row) for row in rows], now
    return best


def crossings(rows: Sequence[Sequence[int]], after: Sequence[Sequence[int]]) -> int:
    """How many pairs of edges cross."""
    total = 0
    for row, following in pairwise(rows):
        place = {vertex: at for at, vertex in enumerate(following)}
        ends: list[int] = []
        for vertex in row:
            mine = sorted(place[other] for other in after[vertex])
            total += sum(len(ends) - bisect_right(ends, end) for end in mine)
            for end in mine:
                insort(ends, end)
    return total


def _sort(row: list[int], fixed: Sequence[int], neighbours: Sequence[Sequence[int]]) -> None:
    """Order a layer by its neighbours in the one beside it; who has none stays about in place."""
    place = {vertex: at for at, vertex in enumerate(fixed)}
    scale = len(fixed) / max(1, len(row))

    def wanted(at: int) -> float:
        near = neighbours[row[at]]
        return sum(place[other] for other in near) / len(near) if near else at * scale

    row[:] = [row[at] for at in sorted(range(len(row)), key=lambda at: (wanted(at), at))]
