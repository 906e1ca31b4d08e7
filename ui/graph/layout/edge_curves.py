"""How edges run: as SVG paths that leave a node on its right and arrive on the left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from ui.graph.layout.back_edges import Edge

Point = tuple[float, float]

HEAD = 7.0
"""Length of an arrow's head."""
LEAVING = 7.0
LINE = 15.0
"""Between edges at one side of a node: those that arrive carry lines of text."""
TOUCHING = 3.0
"""How much nearer than that they may come before the texts touch."""


@dataclass(frozen=True)
class Box:
    """Where a node stands; a bend of an edge is a box without height."""

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
    """The text at the end of an edge."""

    width: float = 0.0
    """What the edge runs level for, so as not to cross the text; 0 where the text is short."""
    lines: int = 1


@dataclass(frozen=True)
class Curve:
    """How an edge runs, as SVG path data, and where its label may stand."""

    path: str
    head: str
    label: Point
    """Where a line of text begins (of an edge that leads back) or ends (of all others)."""
    above: bool
    """Whether the line of text stands over the edge; else under it, out of the way of the bend."""
    labelled: bool
    """Whether there is room for that line between its neighbours'."""
    back: bool
    """It closes a cycle, and runs from right to left."""


def curves(
    chains: Mapping[Edge, Sequence[int]],
    back: set[Edge],
    loops: Mapping[Edge, int],
    boxes: Sequence[Box],
    text: Text,
) -> dict[Edge, Curve]:
    """The curve of each edge, from the vertices that it passes and where they stand."""
    arriving = LINE * text.lines
    starts = _ports(chains, boxes, at=0, beside=1, apart=LEAVING)
    ends = _ports(chains, boxes, at=-1, beside=-2, apart=arriving)
    made = {
        edge: _curve(_points(chain, boxes, starts[edge][0], ends[edge][0]), edge in back, text)
        for edge, chain in chains.items()
    }
    for edge, found in made.items():
        _, apart, many = (starts if found.back else ends)[edge]
        made[edge] = replace(
            found, labelled=apart >= arriving - TOUCHING, above=found.above or many > 1
        )
    return made | {edge: _loop(boxes[vertex]) for edge, vertex in loops.items()}


def _ports(
    chains: Mapping[Edge, Sequence[int]],
    boxes: Sequence[Box],
    at: int,
    beside: int,
    apart: float,
) -> dict[Edge, tuple[float, float, int]]:
    """For each edge the height at which it meets its node, how far its neighbours are, and how many
    meet it there: in the order of where they come from or lead to."""
    meeting: dict[int, list[Edge]] = {}
    for edge, chain in chains.items():
        meeting.setdefault(chain[at], []).append(edge)
    found = {}
    for vertex, edges in meeting.items():
        edges.sort(key=lambda edge: boxes[chains[edge][beside]].middle)
        box = boxes[vertex]
        step = min(apart, (box.height - 12) / len(edges))
        first = box.middle - step * (len(edges) - 1) / 2
        for place, edge in enumerate(edges):
            found[edge] = (first + step * place, step, len(edges))
    return found


def _points(chain: Sequence[int], boxes: Sequence[Box], start: float, end: float) -> list[Point]:
    points = [(boxes[chain[0]].right, start)]
    for bend in chain[1:-1]:
        box = boxes[bend]
        points += [(box.x, box.y), (box.right, box.y)]
    return [*points, (boxes[chain[-1]].x, end)]


def _curve(points: list[Point], back: bool, text: Text) -> Curve:
    """Through the points, level within each column and along the text, bent between columns."""
    direction = -1 if back else 1
    tip = points[0] if back else points[-1]
    neck = (tip[0] - direction * HEAD, tip[1])
    far = points[-1] if back else points[0]
    points[0 if back else -1] = neck
    if text.width:
        bend_at = (neck[0] - direction * text.width, tip[1])
        points.insert(1 if back else len(points) - 1, bend_at)
    path = f"M{_at(points[0])}"
    for (x0, y0), (x1, y1) in pairwise(points):
        bend = (x1 - x0) / 2
        path += f"C{_at((x0 + bend, y0))} {_at((x1 - bend, y1))} {_at((x1, y1))}"
    half = HEAD * 0.6
    head = f"M{_at((neck[0], tip[1] - half))}L{_at(tip)}L{_at((neck[0], tip[1] + half))}z"
    above = bool(text.width) or far[1] >= tip[1] - 1
    return Curve(path, head, (neck[0] - direction * 4, tip[1]), above, True, back)


def _loop(box: Box) -> Curve:
    """From a node to itself, under its lower right corner."""
    start, end, low = box.right - 44, box.right - 16, box.bottom + 22
    neck = box.bottom + HEAD
    path = f"M{_at((start, box.bottom))}C{_at((start, low))} {_at((end, low))} {_at((end, neck))}"
    head = f"M{_at((end - 4, neck))}L{_at((end, box.bottom))}L{_at((end + 4, neck))}z"
    return Curve(path, head, (start - 4, box.bottom + 4), False, True, True)


def _at(point: Point) -> str:
    return f"{point[0]:.1f} {point[1]:.1f}"
