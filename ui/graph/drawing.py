"""A graph as a page draws it: what stands in each node and on each edge, and where.

Any screen makes `Node`s and `Arrow`s of what it knows, `draw` lays them out, and
`templates/graph.html` writes the SVG.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ui.graph.layout.edge_curves import LINE, Box, Curve, Text
from ui.graph.layout.layout import SHORT, arrange
from ui.words.labels import shortened

HEIGHT = 62.0
"""Of a node with its three lines."""
MOST_ARRIVALS = 8
"""Of edges that a node grows for."""
MARGIN = 14.0
EDGE, TILE = 9.0, 24.0
"""Free at a node's sides; taken by the service's tile in front of the second line."""
SHORTEST = 110.0
"""Room for an edge's text, where it need not run level."""
LARGE, SMALL = 7.0, 6.0
"""How wide a letter is on average, in the first line and in the others."""


@dataclass(frozen=True)
class Node:
    """One node. Texts may be as long and as strange as they like."""

    key: str
    service: str
    """Whose tile it carries."""
    title: str
    under: str = ""
    left: str = ""
    """Third line, at its left: `p50 12 ms`."""
    right: str = ""
    """Third line, at its right, emphasised: `37 %`."""
    share: float = 0.0
    """0 to 1, of whatever the picture is about: how far the bar goes, and how dark the node is."""
    full: str = ""
    """All there is to say, in words: for the pointer and for readers of the screen."""
    href: str = ""
    flags: tuple[str, ...] = ()
    """Short words on its upper edge: `N+1`."""
    failing: bool = False
    stacked: bool = False
    """It stands for repeats."""
    dim: bool = False
    current: bool = False


@dataclass(frozen=True)
class Arrow:
    """One edge."""

    caller: str
    called: str
    label: str = ""
    under: str = ""
    """A second line, under the edge."""
    full: str = ""
    href: str = ""
    weight: float = 0.0
    """0 to 1: how thick it is."""
    failing: bool = False
    dim: bool = False
    current: bool = False


@dataclass(frozen=True)
class Shape:
    """A node in its place, its lines short enough."""

    node: Node
    box: Box
    title: str
    under: str


@dataclass(frozen=True)
class Line:
    """An edge in its place. Its texts are empty where there is no room for them."""

    arrow: Arrow
    curve: Curve
    label: str
    under: str
    thickness: float


@dataclass(frozen=True)
class Picture:
    """A drawing, from the corner at -`margin`, -`margin`; nodes in reading order."""

    width: float = 0.0
    height: float = 0.0
    shapes: list[Shape] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    margin: float = MARGIN


def draw(
    nodes: Iterable[Node], arrows: Iterable[Arrow], room: float = 1200.0, text: Text = SHORT
) -> Picture:
    """Lay out a graph in about `room` pixels of width. Arrows from or to nowhere are left out."""
    known = {node.key: node for node in nodes}
    drawn = {
        (arrow.caller, arrow.called): arrow
        for arrow in arrows
        if arrow.caller in known and arrow.called in known
    }
    arrivals = dict.fromkeys(known, 0)
    for _, called in drawn:
        arrivals[called] += 1
    sizes = tuple((key, _height(arrivals[key], text)) for key in known)
    space = arrange(sizes, tuple(drawn), room - 2 * MARGIN, text)
    shapes = [_shape(node, space.boxes[key]) for key, node in known.items()]
    shapes.sort(key=lambda shape: (shape.box.x, shape.box.y))
    return Picture(
        round(space.width + 2 * MARGIN),
        round(space.height + 2 * MARGIN),
        shapes,
        [_line(arrow, space.curves[edge], text) for edge, arrow in drawn.items()],
    )


def _height(arrivals: int, text: Text) -> float:
    return max(HEIGHT, LINE * text.lines * min(arrivals, MOST_ARRIVALS) + 12)


def _shape(node: Node, box: Box) -> Shape:
    return Shape(
        node,
        box,
        shortened(node.title, int((box.width - 2 * EDGE) / LARGE)),
        shortened(node.under, int((box.width - 2 * EDGE - TILE) / SMALL)),
    )


def _line(arrow: Arrow, curve: Curve, text: Text) -> Line:
    most = int(max(SHORTEST, text.width) / SMALL) if curve.labelled else 0
    label, under = (shortened(each, most) if most else "" for each in (arrow.label, arrow.under))
    return Line(arrow, curve, label, under, 1.25 + 3.25 * min(1.0, max(0.0, arrow.weight)))
