"""The curves of edges, as SVG paths that leave a node on its right and arrive on the left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from ui.graph.layout.back_edges import Edge

Point = tuple[float, float]

HEAD_LENGTH = 7.0
HEAD_HALF_WIDTH = HEAD_LENGTH * 0.6
DEPARTURE_SPACING = 7.0
"""Distance between edges that leave a node."""
EDGE_SPACING = 15.0
"""Distance between edges that arrive at a node, per line of text that they carry."""
TEXT_SLACK = 3.0
"""How much closer they may come before their texts touch."""
CORNER = 12.0
"""Part of a node's side that edges keep free, at the two corners together."""


@dataclass(frozen=True)
class Box:
    """The place of a node; a bend of an edge is a box without height."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height

    @property
    def middle(self) -> float:
        return self.y + self.height / 2


@dataclass(frozen=True)
class Text:
    """The room for text at the end of an edge."""

    width: float = 0.0
    """How far the edge stays level so as not to cross the text; 0 for short texts."""
    lines: int = 1


@dataclass(frozen=True)
class Curve:
    """An edge as SVG path data, and the place of its label."""

    path: str
    head: str
    label: Point
    """Where the text ends, or begins if the edge leads back."""
    above: bool
    """Whether the text is above the edge; otherwise it is below, clear of the bend."""
    labelled: bool
    """Whether there is room for the text between those of its neighbours."""
    back: bool
    """Whether the edge closes a cycle, and so runs from right to left."""


def edge_curves(
    chains: Mapping[Edge, Sequence[int]],
    back: set[Edge],
    loops: Mapping[Edge, int],
    boxes: Sequence[Box],
    text: Text,
) -> dict[Edge, Curve]:
    """Return the curve of each edge.

    `chains` holds the vertices that an edge passes, `back` the edges that lead back, `loops` the
    vertices with an edge to themselves, `boxes` the places of all vertices.
    """
    arrival_spacing = EDGE_SPACING * text.lines
    starts = _ports(chains, boxes, end=0, beside=1, spacing=DEPARTURE_SPACING)
    ends = _ports(chains, boxes, end=-1, beside=-2, spacing=arrival_spacing)
    curves = {
        edge: _curve(_points(chain, boxes, starts[edge].y, ends[edge].y), edge in back, text)
        for edge, chain in chains.items()
    }
    for edge, curve in curves.items():
        port = (starts if curve.back else ends)[edge]
        curves[edge] = replace(
            curve,
            labelled=port.spacing >= arrival_spacing - TEXT_SLACK,
            above=curve.above or port.edges > 1,
        )
    return curves | {edge: _loop(boxes[vertex]) for edge, vertex in loops.items()}


@dataclass(frozen=True)
class _Port:
    """Where an edge meets a node."""

    y: float
    spacing: float
    """Distance to the next edge at that side."""
    edges: int
    """The number of edges at that side."""


def _ports(
    chains: Mapping[Edge, Sequence[int]],
    boxes: Sequence[Box],
    end: int,
    beside: int,
    spacing: float,
) -> dict[Edge, _Port]:
    """Return where each edge meets the node at one `end` of its chain. Edges at one side of a node
    are in the order of the vertices `beside` it, where they come from or lead to."""
    meeting: dict[int, list[Edge]] = {}
    for edge, chain in chains.items():
        meeting.setdefault(chain[end], []).append(edge)
    ports = {}
    for vertex, edges in meeting.items():
        edges.sort(key=lambda edge: boxes[chains[edge][beside]].middle)
        box = boxes[vertex]
        step = min(spacing, (box.height - CORNER) / len(edges))
        first = box.middle - step * (len(edges) - 1) / 2
        for index, edge in enumerate(edges):
            ports[edge] = _Port(first + step * index, step, len(edges))
    return ports


def _points(chain: Sequence[int], boxes: Sequence[Box], start: float, end: float) -> list[Point]:
    points = [(boxes[chain[0]].right, start)]
    for bend in chain[1:-1]:
        box = boxes[bend]
        points += [(box.x, box.y), (box.right, box.y)]
    return [*points, (boxes[chain[-1]].x, end)]


def _curve(points: list[Point], back: bool, text: Text) -> Curve:
    """Draw through the points: level within columns and along the text, bent between columns."""
    direction = -1 if back else 1
    tip = points[0] if back else points[-1]
    neck = (tip[0] - direction * HEAD_LENGTH, tip[1])
    other_end = points[-1] if back else points[0]
    points[0 if back else -1] = neck
    if text.width:
        bend_at = (neck[0] - direction * text.width, tip[1])
        points.insert(1 if back else len(points) - 1, bend_at)
    path = f"M{_xy(points[0])}"
    for (x0, y0), (x1, y1) in pairwise(points):
        bend = (x1 - x0) / 2
        path += f"C{_xy((x0 + bend, y0))} {_xy((x1 - bend, y1))} {_xy((x1, y1))}"
    above, below = tip[1] - HEAD_HALF_WIDTH, tip[1] + HEAD_HALF_WIDTH
    head = f"M{_xy((neck[0], above))}L{_xy(tip)}L{_xy((neck[0], below))}z"
    text_above = bool(text.width) or other_end[1] >= tip[1] - 1
    return Curve(path, head, (neck[0] - direction * 4, tip[1]), text_above, True, back)


def _loop(box: Box) -> Curve:
    """Draw from a node to itself, under its lower right corner."""
    start, end, low = box.right - 44, box.right - 16, box.bottom + 22
    neck = box.bottom + HEAD_LENGTH
    path = f"M{_xy((start, box.bottom))}C{_xy((start, low))} {_xy((end, low))} {_xy((end, neck))}"
    head = f"M{_xy((end - 4, neck))}L{_xy((end, box.bottom))}L{_xy((end + 4, neck))}z"
    return Curve(path, head, (start - 4, box.bottom + 4), False, True, True)


def _xy(point: Point) -> str:
    return f"{point[0]:.1f} {point[1]:.1f}"
