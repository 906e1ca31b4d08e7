"""How far the figures of samples are off, as ranges around the truth, on a sheet.

`templates/laboratory-chart.html` writes the SVG.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ui.words.wording import signed_percent

WIDTH = 1200.0
LEFT, RIGHT, TOP, BOTTOM = 128.0, 24.0, 34.0, 30.0
ROW = 26.0
GAP = 74.0
"""Room between two panels."""
FIGURES = ("p50", "p95", "p99")
LIMIT = 1.0
"""Where the axes end: a figure that is double the true one, or nothing."""
TICKS = (-1.0, -0.5, 0.0, 0.5, 1.0)
TOLERANCE = 0.1
"""What counts as right."""
HUES = {"head": "hue-0", "tail": "hue-1", "unitary": "hue-2"}

Sampling = Mapping[str, Any]


@dataclass(frozen=True)
class Row:
    """A way to sample."""

    name: str
    y: float
    hue: str


@dataclass(frozen=True)
class ErrorRange:
    """The range of one figure in one sample: the middle 95 % of the trials."""

    y: float
    low: float
    median: float
    high: float
    goes_on: bool
    """Whether it ends beyond the axis."""
    hue: str
    words: str


@dataclass(frozen=True)
class Tick:
    """A mark on an axis."""

    x: float
    text: str


@dataclass(frozen=True)
class Panel:
    """One figure."""

    name: str
    left: float
    right: float
    truth: float
    """Where the true figure is."""
    right_from: float
    right_to: float
    """Between which the figure counts as right."""
    ticks: list[Tick]
    ranges: list[ErrorRange]


@dataclass(frozen=True)
class ErrorRanges:
    """Everything on the sheet."""

    rows: list[Row]
    panels: list[Panel]
    height: float
    width: float = WIDTH

    @property
    def top(self) -> float:
        """Where the rows begin."""
        return TOP

    @property
    def bottom(self) -> float:
        """Where the rows end."""
        return self.height - BOTTOM


def name_of(sampling: Sampling) -> str:
    """Return what a way to sample is called: `head 1 %`."""
    if "rate" not in sampling:
        return str(sampling["way"])
    return f"{sampling['way']} {100 * sampling['rate']:g} %"


def error_ranges(samplings: Sequence[Sampling]) -> ErrorRanges:
    """Return the sheet for some ways to sample."""
    rows = [
        Row(name_of(sampling), TOP + ROW * (number + 0.5), HUES[sampling["way"]])
        for number, sampling in enumerate(samplings)
    ]
    width = (WIDTH - LEFT - RIGHT - GAP * (len(FIGURES) - 1)) / len(FIGURES)
    panels = [
        _panel(figure, LEFT + number * (width + GAP), width, rows, samplings)
        for number, figure in enumerate(FIGURES)
    ]
    return ErrorRanges(rows, panels, TOP + ROW * len(rows) + BOTTOM)


def _panel(
    figure: str, left: float, width: float, rows: Sequence[Row], samplings: Sequence[Sampling]
) -> Panel:
    def place(error: float) -> float:
        return left + width * (max(-LIMIT, min(LIMIT, error)) + LIMIT) / (2 * LIMIT)

    ranges = []
    for row, sampling in zip(rows, samplings, strict=True):
        if error := sampling["errors"][figure]:
            low, median, high = (error[bound] for bound in ("low", "median", "high"))
            words = (
                f"{row.name}: {figure} is off by {signed_percent(median)},"
                f" {signed_percent(low)} to {signed_percent(high)}"
            )
            places = (place(low), place(median), place(high))
            ranges.append(ErrorRange(row.y, *places, high > LIMIT, row.hue, words))
    return Panel(
        figure,
        left,
        left + width,
        place(0),
        place(-TOLERANCE),
        place(TOLERANCE),
        [Tick(place(tick), signed_percent(tick) if tick else "right") for tick in TICKS],
        ranges,
    )
