"""Several lines in one chart, as shapes on a sheet; `templates/load-parts.html` writes the SVG."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from ui.charts.axes import Axis

WIDTH, HEIGHT = 450.0, 250.0
LEFT, RIGHT, TOP, BOTTOM = 58.0, 78.0, 14.0, 36.0
"""Room around the lines for labels."""
NAME_SPACING = 13.0
"""Least distance between the names at the right ends of two lines."""
NAME_BASELINE = 4.0
"""How far a name's baseline is below the end of its line."""

Points = Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Line:
    """One line: its name, its points as values, and the index of its colour in the palette."""

    name: str
    points: Points
    hue: int
    dashed: bool = False
    marks: bool = True
    words: str = ""
    """What the line shows, for the tool tip; empty if its name says it."""


@dataclass(frozen=True)
class Mark:
    """A point on the sheet with its tool tip."""

    x: float
    y: float
    words: str


@dataclass(frozen=True)
class DrawnLine:
    """A line on the sheet."""

    line: Line
    path: str
    marks: list[Mark]
    name_y: float
    """Baseline of the name, at the line's right end."""


@dataclass(frozen=True)
class Tick:
    """A labelled value on an axis."""

    at: float
    text: str


@dataclass(frozen=True)
class Chart:
    """Everything on the sheet."""

    title: str
    number_kind: str
    """The kind of numbers shown: a key of the `how` of a run's record, which explains them."""
    x_title: str
    lines: list[DrawnLine] = field(default_factory=list)
    x: list[Tick] = field(default_factory=list)
    y: list[Tick] = field(default_factory=list)
    width: float = WIDTH
    height: float = HEIGHT
    left: float = LEFT
    right: float = WIDTH - RIGHT
    top: float = TOP
    bottom: float = HEIGHT - BOTTOM


Format = Callable[[float], str]


def chart(
    title: str,
    number_kind: str,
    lines: Sequence[Line],
    x: tuple[str, Axis, Format],
    y: tuple[Axis, Format],
) -> Chart | None:
    """Draw `lines`; None if none of them has a point.

    `x` is the axis's title, the axis and how its values are written; `y` the latter two.
    """
    x_title, x_axis, write_x = x
    y_axis, write_y = y
    drawn = [_drawn(line, x_axis, write_x, y_axis, write_y) for line in lines if line.points]
    if not drawn:
        return None
    return Chart(
        title,
        number_kind,
        x_title,
        _spread_names(drawn),
        [Tick(_x(x_axis, value), write_x(value)) for value in x_axis.ticks],
        [Tick(_y(y_axis, value), write_y(value)) for value in y_axis.ticks],
    )


def _drawn(line: Line, x_axis: Axis, write_x: Format, y_axis: Axis, write_y: Format) -> DrawnLine:
    places = [(_x(x_axis, x), _y(y_axis, y)) for x, y in line.points]
    marks = [
        Mark(*place, f"{line.words or line.name}: {write_y(y)} at {write_x(x)}")
        for place, (x, y) in zip(places, line.points, strict=True)
    ]
    path = "M" + "L".join(f"{x} {y}" for x, y in places)
    return DrawnLine(line, path, marks, places[-1][1] + NAME_BASELINE)


def _x(axis: Axis, value: float) -> float:
    return round(LEFT + axis.place(value) * (WIDTH - LEFT - RIGHT), 1)


def _y(axis: Axis, value: float) -> float:
    return round(HEIGHT - BOTTOM - axis.place(value) * (HEIGHT - TOP - BOTTOM), 1)


def _spread_names(lines: list[DrawnLine]) -> list[DrawnLine]:
    """Return the lines with their names moved far enough apart to be read."""
    placed: dict[int, float] = {}
    free = TOP
    for index, line in sorted(enumerate(lines), key=lambda item: item[1].name_y):
        placed[index] = free = max(line.name_y, free)
        free += NAME_SPACING
    overflow = max(free - NAME_SPACING - (HEIGHT - BOTTOM + NAME_BASELINE), 0)
    return [
        replace(line, name_y=round(placed[index] - overflow, 1)) for index, line in enumerate(lines)
    ]
