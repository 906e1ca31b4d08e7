"""The order within layers, with as few crossings of edges as can be had cheaply."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Sequence
from itertools import pairwise

from ui.graph.layout.layers import Layers

SWEEPS = 12
MAX_VERTICES_SORTED = 30_000
"""Vertices sorted for one picture, in all sweeps together: nobody sees the last crossing of a huge
graph."""


def uncrossed(graph: Layers) -> list[list[int]]:
    """Return the layers in a better order.

    Sweeps forth and back put each vertex at the mean place of its neighbours (barycentre); the
    first order with the fewest crossings is kept.
    """
    best = [list(row) for row in graph.rows]
    fewest = crossings(best, graph.after)
    rows = [list(row) for row in best]
    for sweep in range(min(SWEEPS, MAX_VERTICES_SORTED // max(1, len(graph.after)))):
        if not fewest:
            break
        forth = sweep % 2 == 0
        neighbours = graph.before if forth else graph.after
        layers = range(1, len(rows)) if forth else range(len(rows) - 2, -1, -1)
        for layer in layers:
            _sort(rows[layer], rows[layer - 1 if forth else layer + 1], neighbours)
        now = crossings(rows, graph.after)
        if now < fewest:
            best, fewest = [list(row) for row in rows], now
    return best


def crossings(rows: Sequence[Sequence[int]], after: Sequence[Sequence[int]]) -> int:
    """Return the number of pairs of edges that cross."""
    total = 0
    for row, following in pairwise(rows):
        place = {vertex: index for index, vertex in enumerate(following)}
        ends: list[int] = []
        for vertex in row:
            own_ends = sorted(place[other] for other in after[vertex])
            total += sum(len(ends) - bisect_right(ends, end) for end in own_ends)
            for end in own_ends:
                insort(ends, end)
    return total


def _sort(row: list[int], fixed: Sequence[int], neighbours: Sequence[Sequence[int]]) -> None:
    """Order a layer by its neighbours in the layer beside it; a vertex without neighbours stays
    about where it is."""
    place = {vertex: index for index, vertex in enumerate(fixed)}
    scale = len(fixed) / max(1, len(row))

    def barycentre(index: int) -> float:
        near = neighbours[row[index]]
        return sum(place[other] for other in near) / len(near) if near else index * scale

    order = sorted(range(len(row)), key=lambda index: (barycentre(index), index))
    row[:] = [row[index] for index in order]
