"""Lines over each other in one chart, as shapes on a sheet; `load-parts.html` writes the SVG."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ui.charts.axis import Axis

WIDTH, HEIGHT = 450.0, 250.0
LEFT, RIGHT, TOP, BOTTOM = 58.0, 64.0, 14.0, 36.0
"""Room around the lines, for words."""
APART = 13.0
"""Between the names at the ends of two lines."""

Points = Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Line:
    """One line: what it is called, its points as values, and its place in the palette."""

    name: str
    points: Points
    hue: int
    dashed: bool = False
    marks: bool = True
    words: str = ""
    """For the pointer: what the line is."""


@dataclass(frozen=True)
class Mark:
    """A point, with the words for it."""

    x: float
    y: float
    words: str


@dataclass(frozen=True)
class Drawn:
    """A line on the sheet."""

    line: Line
    path: str
    marks: list[Mark]
    end: float
    """The height of its name, at its right end."""


@dataclass(frozen=True)
class Tick:
    """A value that is named on an axis."""

    at: float
    text: str


@dataclass(frozen=True)
class Chart:
    """Everything on the sheet."""

    title: str
    how: str
    """The kind of numbers that are drawn; the record of a run says how it makes each kind."""
    across: str
    lines: list[Drawn] = field(default_factory=list)
    x: list[Tick] = field(default_factory=list)
    y: list[Tick] = field(default_factory=list)
    width: float = WIDTH
    height: float = HEIGHT
    left: float = LEFT
    right: float = WIDTH - RIGHT
    top: float = TOP
    bottom: float = HEIGHT - BOTTOM


Words = Callable[[float], str]


def chart(
    title: str,
    how: str,
    lines: Sequence[Line],
    x: tuple[str, Axis, Words],
    y: tuple[Axis, Words],
) -> Chart | None:
    """Draw `lines`; an axis says how its values read. None where there is nothing to draw."""
    across, x_axis, x_words = x
    y_axis, y_words = y
    filled = [line for line in lines if line.points]
    if not filled:
        return None

    def place(point: tuple[float, float]) -> tuple[float, float]:
        left = LEFT + x_axis.place(point[0]) * (WIDTH - LEFT - RIGHT)
        return round(left, 1), round(_height(y_axis, point[1]), 1)

    drawn = []
    for line in filled:
        places = [place(point) for point in line.points]
        marks = [
            Mark(*at, f"{line.words or line.name}: {y_words(value)} at {x_words(where)}")
            for at, (where, value) in zip(places, line.points, strict=True)
        ]
        path = "M" + "L".join(f"{left} {top}" for left, top in places)
        drawn.append(Drawn(line, path, marks, places[-1][1]))
    return Chart(
        title,
        how,
        across,
        _spread(drawn),
        [Tick(place((tick, 0))[0], x_words(tick)) for tick in x_axis.ticks],
        [Tick(round(_height(y_axis, tick), 1), y_words(tick)) for tick in y_axis.ticks],
    )


def _height(axis: Axis, value: float) -> float:
    return HEIGHT - BOTTOM - axis.place(value) * (HEIGHT - TOP - BOTTOM)


def _spread(drawn: list[Drawn]) -> list[Drawn]:
    """The lines with the heights of their names far enough from each other."""
    placed: dict[int, float] = {}
    free = TOP
    for number, each in sorted(enumerate(drawn), key=lambda item: item[1].end):
        placed[number] = free = max(each.end + 4, free)
        free += APART
    over = max(free - APART - (HEIGHT - BOTTOM + 4), 0)
    return [
        Drawn(each.line, each.path, each.marks, round(placed[number] - over, 1))
        for number, each in enumerate(drawn)
    ]
