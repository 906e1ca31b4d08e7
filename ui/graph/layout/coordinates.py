"""The places of vertices within their layer: near their neighbours, in order, not overlapping."""

from __future__ import annotations

from collections.abc import Sequence

from ui.graph.layout.layers import Layers

SWEEPS = 16
TWO_SIDED_SWEEPS = 4
"""The last sweeps, in which the neighbours on both sides count."""
BEND_WEIGHT = 4.0
"""Weight of a bend against 1 for a node: keeps long edges straight."""
LONELY_WEIGHT = 0.05
"""Weight of a vertex without neighbours, which may be pushed anywhere."""


def places(graph: Layers, rows: list[list[int]], sizes: Sequence[float], gap: float) -> list[float]:
    """Return the middle of each vertex within its layer; the uppermost vertex begins at 0.

    In every sweep each layer takes the places that are best for it (least squares to the means of
    its vertices' neighbours) among all that keep its order and the gaps.
    """
    middle = [0.0] * len(sizes)
    for row in rows:
        for vertex, place in zip(row, _offsets(row, sizes, gap), strict=True):
            middle[vertex] = place
    both = [[*a, *b] for a, b in zip(graph.before, graph.after, strict=True)]
    for sweep in range(SWEEPS):
        forth = sweep % 2 == 0
        near = (
            both if sweep >= SWEEPS - TWO_SIDED_SWEEPS else graph.before if forth else graph.after
        )
        for row in rows if forth else reversed(rows):
            _settle(row, near, middle, sizes, gap)
    top = min((middle[v] - sizes[v] / 2 for v in range(len(sizes))), default=0.0)
    return [place - top for place in middle]


def _settle(
    row: Sequence[int],
    near: Sequence[Sequence[int]],
    middle: list[float],
    sizes: Sequence[float],
    gap: float,
) -> None:
    targets, weights = [], []
    for vertex in row:
        others = near[vertex]
        targets.append(
            sum(middle[other] for other in others) / len(others) if others else middle[vertex]
        )
        own = 1.0 if sizes[vertex] else BEND_WEIGHT
        weights.append(own * len(others) if others else LONELY_WEIGHT)
    offsets = _offsets(row, sizes, gap)
    moved = nondecreasing([w - o for w, o in zip(targets, offsets, strict=True)], weights)
    for vertex, place, offset in zip(row, moved, offsets, strict=True):
        middle[vertex] = place + offset


def _offsets(row: Sequence[int], sizes: Sequence[float], gap: float) -> list[float]:
    """Return the middles of a layer whose vertices are as close as they may be."""
    offsets: list[float] = []
    end = -gap
    for vertex in row:
        offsets.append(end + gap + sizes[vertex] / 2)
        end = offsets[-1] + sizes[vertex] / 2
    return offsets


def nondecreasing(targets: Sequence[float], weights: Sequence[float]) -> list[float]:
    """Return the nondecreasing numbers nearest to `targets` by weighted least squares.

    Neighbours in the wrong order are pooled at their mean (isotonic regression).
    """
    pools: list[tuple[float, float, int]] = []
    for value, weight in zip(targets, weights, strict=True):
        size = 1
        while pools and pools[-1][0] > value:
            other, other_weight, other_size = pools.pop()
            total = weight + other_weight
            value = (value * weight + other * other_weight) / total
            weight, size = total, size + other_size
        pools.append((value, weight, size))
    return [value for value, _, size in pools for _ in range(size)]
