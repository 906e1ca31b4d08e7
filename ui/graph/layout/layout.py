"""A graph's layout: layers from left to right, after Sugiyama, Tagawa and Toda (1981).

Edges that lead back are reversed while the layers are made; each node is one layer after the last
of its callers; an order with fewer crossings is searched for; then everything moves as close to its
neighbours as it can. The same graph always gives the same picture.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from ui.graph.layout.back_edges import Edge, back_edges
from ui.graph.layout.coordinates import places
from ui.graph.layout.crossings import uncrossed
from ui.graph.layout.edge_curves import Box, Curve, Text, edge_curves
from ui.graph.layout.layers import layers

NODE_GAP = 22.0
"""Space between nodes of one layer."""
MIN_NODE_WIDTH, MAX_NODE_WIDTH = 156.0, 208.0
MIN_LAYER_GAP, MAX_LAYER_GAP = 54.0, 88.0
"""Space between layers, where edges bend and carry their labels."""
SHORT_TEXT = Text()


@dataclass(frozen=True)
class Arrangement:
    """Nodes and edges in a space whose upper left corner is at 0, 0."""

    width: float
    height: float
    boxes: Mapping[str, Box]
    curves: Mapping[Edge, Curve]


@lru_cache(maxsize=64)
def arrange(
    nodes: tuple[tuple[str, float], ...],
    edges: tuple[Edge, ...],
    room: float = 1200.0,
    text: Text = SHORT_TEXT,
) -> Arrangement:
    """Lay out nodes (key and height, the most important first) and the edges between them.

    The picture becomes `room` wide if that leaves the nodes wide enough to be read. The last 64
    results are kept. Raises `KeyError` if an edge begins or ends at an unknown node.
    """
    keys = [key for key, _ in nodes]
    back = back_edges(keys, edges)
    forward = {edge: edge[::-1] if edge in back else edge for edge in edges if edge[0] != edge[1]}
    graph = layers(keys, forward)
    rows = uncrossed(graph)
    sizes = [height for _, height in nodes] + [0.0] * (len(graph.before) - len(nodes))
    middle = places(graph, rows, sizes, NODE_GAP)
    width, gap = _columns(len(rows), room, text)
    column = {vertex: index for index, row in enumerate(rows) for vertex in row}
    boxes = [
        Box(column[vertex] * (width + gap), middle[vertex] - size / 2, width, size)
        for vertex, size in enumerate(sizes)
    ]
    loops = {edge: keys.index(edge[0]) for edge in edges if edge[0] == edge[1]}
    return Arrangement(
        max((box.right for box in boxes), default=0.0),
        max((box.bottom for box in boxes), default=0.0) + (NODE_GAP if loops else 0.0),
        dict(zip(keys, boxes, strict=False)),
        edge_curves(graph.chains, back, loops, boxes, text),
    )


def _columns(layers: int, room: float, text: Text) -> tuple[float, float]:
    """Return the width of nodes and the gap between layers."""
    column = (room - text.width * (layers - 1)) / max(1, layers)
    width = min(MAX_NODE_WIDTH, max(MIN_NODE_WIDTH, column * 0.7))
    return width, min(MAX_LAYER_GAP, max(MIN_LAYER_GAP, column - width)) + text.width
