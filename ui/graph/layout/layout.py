"""A graph's picture in numbers: layers from left to right, after Sugiyama, Tagawa and Toda (1981).

Edges that lead back are turned round while the layers are made; each node stands one layer after
the last of its callers; orders with fewer crossings are looked for; then everything moves as near
to its neighbours as it may. The same graph always gives the same picture.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from ui.graph.layout.back_edges import Edge, back_edges
from ui.graph.layout.coordinates import places
from ui.graph.layout.crossings import uncrossed
from ui.graph.layout.edge_curves import Box, Curve, Text, curves
from ui.graph.layout.layers import layers

GAP = 22.0
"""Between nodes of one layer."""
NARROWEST, WIDEST = 156.0, 208.0
"""Of a node."""
NEAREST, FARTHEST = 54.0, 88.0
"""Between layers, where edges bend and say what they are."""
SHORT = Text()


@dataclass(frozen=True)
class Arrangement:
    """Nodes and edges in a space that begins at 0, 0."""

    width: float
    height: float
    boxes: Mapping[str, Box]
    curves: Mapping[Edge, Curve]


@lru_cache(maxsize=64)
def arrange(
    nodes: tuple[tuple[str, float], ...],
    edges: tuple[Edge, ...],
    room: float = 1200.0,
    text: Text = SHORT,
) -> Arrangement:
    """Lay out nodes (key and height, the most important first) and edges between them.

    The picture becomes `room` wide where that leaves the nodes wide enough to be read. Raises
    KeyError for an edge from or to nowhere. The last 64 answers are kept.
    """
    keys = [key for key, _ in nodes]
    back = back_edges(keys, edges)
    forward = {edge: edge[::-1] if edge in back else edge for edge in edges if edge[0] != edge[1]}
    graph = layers(keys, forward)
    rows = uncrossed(graph)
    sizes = [height for _, height in nodes] + [0.0] * (len(graph.before) - len(nodes))
    middle = places(graph, rows, sizes, GAP)
    width, apart = _columns(len(rows), room, text)
    column = {vertex: at for at, row in enumerate(rows) for vertex in row}
    boxes = [
        Box(column[at] * (width + apart), middle[at] - size / 2, width, size)
        for at, size in enumerate(sizes)
    ]
    loops = {edge: keys.index(edge[0]) for edge in edges if edge[0] == edge[1]}
    return Arrangement(
        max((box.right for box in boxes), default=0.0),
        max((box.bottom for box in boxes), default=0.0) + (GAP if loops else 0.0),
        dict(zip(keys, boxes, strict=False)),
        curves(graph.chains, back, loops, boxes, text),
    )


def _columns(layers: int, room: float, text: Text) -> tuple[float, float]:
    """How wide nodes are, and how far the layers stand apart."""
    each = (room - text.width * (layers - 1)) / max(1, layers)
    width = min(WIDEST, max(NARROWEST, each * 0.7))
    return width, min(FARTHEST, max(NEAREST, each - width)) + text.width
