"""A graph as pages draw it: what each node and edge shows, and where it is.

A screen turns what it knows into `Node`s and `Arrow`s, `draw` lays them out, and
`templates/graph.html` writes the SVG.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ui.graph.layout.edge_curves import EDGE_SPACING, Box, Curve, Text
from ui.graph.layout.layout import SHORT_TEXT, arrange
from ui.words.labels import shortened

TEXT_HEIGHT = 62.0
"""Height of a node's three lines, and of a node with few edges."""
MAX_ARRIVALS = 8
"""Edges that a node grows for."""
MARGIN = 14.0
SIDE, TILE_WIDTH = 9.0, 24.0
"""Space at a node's left and right; width of the service's tile in front of the second line."""
MIN_EDGE_TEXT_WIDTH = 110.0
"""Room for an edge's text where the edge need not be level."""
TITLE_LETTER_WIDTH, LETTER_WIDTH = 7.0, 6.0
"""Average width of a letter in a node's title and elsewhere."""


@dataclass(frozen=True)
class Node:
    """One node. Texts may have any length and any characters."""

    key: str
    service: str
    """The service whose tile the node shows."""
    title: str
    under: str = ""
    """The second line."""
    left: str = ""
    """The third line, left: `p50 12 ms`."""
    right: str = ""
    """The third line, right, emphasised: `37 %`."""
    share: float = 0.0
    """0 to 1, of whatever the picture is about: the bar's length and the node's shade."""
    full: str = ""
    """Everything in words, for tool tips and screen readers."""
    href: str = ""
    flags: tuple[str, ...] = ()
    """Short words on the node's upper edge: `N+1`."""
    failing: bool = False
    stacked: bool = False
    """Whether it is called repeatedly, and so drawn as a stack."""
    dim: bool = False
    current: bool = False
    uninstrumented: bool = False
    """Whether it sends no spans, and so is known from its callers only; then there is no tile."""


@dataclass(frozen=True)
class Arrow:
    """One edge."""

    caller: str
    called: str
    label: str = ""
    under: str = ""
    """The second line, under the edge."""
    full: str = ""
    href: str = ""
    weight: float = 0.0
    """0 to 1: the edge's thickness."""
    failing: bool = False
    dim: bool = False
    current: bool = False
    verdict: str = ""
    """What the audit says of it: `forbidden`, `never_seen`; "" if nothing."""


@dataclass(frozen=True)
class Shape:
    """A node in its place, its lines shortened to fit."""

    node: Node
    box: Box
    title: str
    under: str
    side: float = SIDE
    tile: float = TILE_WIDTH
    text_height: float = TEXT_HEIGHT


@dataclass(frozen=True)
class Line:
    """An edge in its place. Its texts are empty if there is no room for them."""

    arrow: Arrow
    curve: Curve
    label: str
    under: str
    thickness: float


@dataclass(frozen=True)
class Picture:
    """A drawing whose upper left corner is at -`margin`, -`margin`; nodes are in reading order."""

    width: float = 0.0
    height: float = 0.0
    shapes: list[Shape] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    margin: float = MARGIN


def draw(
    nodes: Iterable[Node],
    arrows: Iterable[Arrow],
    width: float = 1200.0,
    text: Text = SHORT_TEXT,
) -> Picture:
    """Lay out a graph about `width` pixels wide. Arrows without a node at an end are left out."""
    by_key = {node.key: node for node in nodes}
    drawn = {
        (arrow.caller, arrow.called): arrow
        for arrow in arrows
        if arrow.caller in by_key and arrow.called in by_key
    }
    arrivals = dict.fromkeys(by_key, 0)
    for _, called in drawn:
        arrivals[called] += 1
    sizes = tuple((key, _height(arrivals[key], text)) for key in by_key)
    layout = arrange(sizes, tuple(drawn), width - 2 * MARGIN, text)
    shapes = [_shape(node, layout.boxes[key]) for key, node in by_key.items()]
    shapes.sort(key=lambda shape: (shape.box.x, shape.box.y))
    return Picture(
        round(layout.width + 2 * MARGIN),
        round(layout.height + 2 * MARGIN),
        shapes,
        [_line(arrow, layout.curves[edge], text) for edge, arrow in drawn.items()],
    )


def _height(arrivals: int, text: Text) -> float:
    return max(TEXT_HEIGHT, EDGE_SPACING * text.lines * min(arrivals, MAX_ARRIVALS) + 12)


def _shape(node: Node, box: Box) -> Shape:
    return Shape(
        node,
        box,
        shortened(node.title, int((box.width - 2 * SIDE) / TITLE_LETTER_WIDTH)),
        shortened(node.under, int((box.width - 2 * SIDE - TILE_WIDTH) / LETTER_WIDTH)),
    )


def _line(arrow: Arrow, curve: Curve, text: Text) -> Line:
    thickness = 1.25 + 3.25 * min(1.0, max(0.0, arrow.weight))
    if not curve.labelled:
        return Line(arrow, curve, "", "", thickness)
    letters = int(max(MIN_EDGE_TEXT_WIDTH, text.width) / LETTER_WIDTH)
    label, under = shortened(arrow.label, letters), shortened(arrow.under, letters)
    return Line(arrow, curve, label, under, thickness)
