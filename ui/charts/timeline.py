"""Rate, errors and durations over time (`/api/series` of the collector) as shapes on a sheet.

One sheet holds them all over one axis of time: bars for the rate and the errors, the heat map of
durations with the percentiles over it, and at its right the same durations summed over all time.
`templates/route-timeline.html` writes the SVG.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from ui.words.wording import duration, number, percent, weighted

WIDTH, LEFT, PLOT_WIDTH = 1200.0, 62.0, 880.0
TOTAL_LEFT, TOTAL_WIDTH = LEFT + PLOT_WIDTH + 46, 196.0
"""The histogram of all time, at the right of the heat map."""
RATE_TOP, RATE_HEIGHT = 22.0, 52.0
TOP = 104.0
"""The upper edge of the heat map."""
MIN_HEIGHT, MAX_HEIGHT, MIN_ROW_HEIGHT = 90.0, 300.0, 22.0
LABEL_SPACING = 26.0
"""Least distance between two labels on the axis of durations."""
SPARE_ROWS = 1
"""Empty rows of the heat map above and below those with traces in them."""
TIME_STEPS_S = (
    *(1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800),
    *(3600, 7200, 14_400, 43_200, 86_400),
)
"""Seconds between labels on the axis of time."""
MAX_TIME_LABELS = 8
DAY_NS = 86_400 * 10**9

Series = dict[str, Any]


@dataclass(frozen=True)
class Rectangle:
    """A bar and its tool tip."""

    x: float
    y: float
    width: float
    height: float
    words: str = ""


@dataclass(frozen=True)
class Cell(Rectangle):
    """The traces of about one duration at about one time."""

    intensity: float = 0.0
    """How many traces, 0 to 1, on a logarithmic scale on which a single one can be seen."""
    failing: bool = False
    traces: float = 0.0
    """How many traces it represents."""
    kept: int = 0
    """How many of them were kept."""
    trace_id: str = ""
    """The slowest of them."""
    begin: int = 0
    end: int = 0
    """From when to when (excluded), ns since 1970."""
    low: float = 0.0
    high: float = 0.0
    """Between which durations, ns."""


@dataclass(frozen=True)
class Label:
    """A text and its place."""

    x: float
    y: float
    text: str
    moment: int = 0
    """ms since 1970 if the text is a time, which a script rewrites in the reader's time zone."""


@dataclass(frozen=True)
class Timeline:
    """Everything on the sheet."""

    height: float
    bottom: float
    rate: list[Rectangle]
    errors: list[Rectangle]
    max_rate: Label
    cells: list[Cell]
    lines: list[tuple[str, str]]
    """Name and path of each percentile: a dash for each step, since steps with few traces jump."""
    line_names: list[Label]
    """The percentiles' names, at the right ends of their lines."""
    totals: list[Rectangle]
    total_errors: list[Rectangle]
    durations: list[Label]
    times: list[Label]
    width: float = WIDTH
    left: float = LEFT
    right: float = LEFT + PLOT_WIDTH
    top: float = TOP
    rate_top: float = RATE_TOP
    rate_bottom: float = RATE_TOP + RATE_HEIGHT
    total_left: float = TOTAL_LEFT
    total_right: float = TOTAL_LEFT + TOTAL_WIDTH


def timeline(series: Series) -> Timeline | None:
    """Draw a series; None if it holds no trace."""
    if not series["cells"]:
        return None
    rows = _Rows(series)
    bottom = TOP + rows.height
    lines, line_names = _percentiles(series, rows)
    most = max(bucket["traces"] for bucket in series["buckets"])
    return Timeline(
        height=bottom + 30,
        bottom=bottom,
        rate=list(_rate(series, "traces", most)),
        errors=list(_rate(series, "errors", most)),
        max_rate=Label(LEFT - 8, RATE_TOP + 10, number(most)),
        cells=list(_cells(series, rows)),
        lines=lines,
        line_names=line_names,
        totals=list(_totals(series, rows, "traces")),
        total_errors=list(_totals(series, rows, "errors")),
        durations=list(rows.labels()),
        times=list(_time_labels(series, bottom)),
    )


class _Rows:
    """The rows of the heat map, long durations above short ones: each bar of the series is one."""

    def __init__(self, series: Series) -> None:
        used = [cell["bar"] for cell in series["cells"]]
        self.bars: Sequence[dict[str, float]] = series["bars"]
        self.first = max(0, min(used) - SPARE_ROWS)
        self.last = min(len(self.bars) - 1, max(used) + SPARE_ROWS)
        count = self.last - self.first + 1
        self.row = min(max(MIN_ROW_HEIGHT, MIN_HEIGHT / count), MAX_HEIGHT / count)
        self.height = self.row * count

    def top(self, bar: int) -> float:
        """Return the y of the upper edge of a bar's row."""
        return TOP + (self.last - bar) * self.row

    def place(self, value: float) -> float:
        """Return the y of a duration (ns), logarithmic between the edges of its row."""
        for bar in range(self.first, self.last + 1):
            low, high = self.bars[bar]["low"], self.bars[bar]["high"]
            if value < high or bar == self.last:
                value = min(max(value, low), high)
                part = (
                    math.log(value / low) / math.log(high / low)
                    if low > 0
                    else value / high
                    if high
                    else 0.0
                )
                return self.top(bar) + self.row * (1 - part)
        raise AssertionError("there is a last row")

    def labels(self) -> Iterator[Label]:
        """Yield labels for the axis of durations."""
        every = max(1, math.ceil(LABEL_SPACING / self.row))
        for bar in range(self.first, self.last + 1, every):
            y = self.top(bar) + self.row
            yield Label(LEFT - 8, y, duration(self.bars[bar]["low"]))


def steps_with_traces(series: Series, sheet: Timeline) -> list[dict[str, Any]]:
    """Return the steps in time that have traces, each with its beginning and its cells, longest
    durations first."""
    cells: dict[int, list[Cell]] = {}
    for cell in sheet.cells:
        cells.setdefault(cell.begin, []).append(cell)
    first, step = int(series["begin"]), series["step"]
    begins = [first + index * step for index in range(len(series["buckets"]))]
    return [
        {**bucket, "begin": str(begin), "cells": cells.get(begin, [])}
        for begin, bucket in zip(begins, series["buckets"], strict=True)
        if bucket["traces"]
    ]


def _rate(series: Series, what: str, most: float) -> Iterator[Rectangle]:
    width = PLOT_WIDTH / len(series["buckets"])
    for index, bucket in enumerate(series["buckets"]):
        if bucket[what]:
            height = max(1.5, RATE_HEIGHT * bucket[what] / most)
            y = RATE_TOP + RATE_HEIGHT - height
            words = f"{weighted(bucket['traces'], 'trace')}, {number(bucket['errors'])} with errors"
            yield Rectangle(LEFT + index * width, y, max(1.0, width - 1), height, words)


def _cells(series: Series, rows: _Rows) -> Iterator[Cell]:
    width = PLOT_WIDTH / len(series["buckets"])
    most = max(cell["traces"] for cell in series["cells"])
    begin, step = int(series["begin"]), series["step"]
    for cell in sorted(series["cells"], key=lambda cell: (cell["bucket"], -cell["bar"])):
        bar = series["bars"][cell["bar"]]
        start = begin + cell["bucket"] * step
        words = f"{number(cell['traces'])} of {duration(bar['low'])} to {duration(bar['high'])}"
        words += f" at {clock(start)}"
        if cell["errors"]:
            words += f", {number(cell['errors'])} with errors"
        yield Cell(
            x=LEFT + cell["bucket"] * width,
            y=rows.top(cell["bar"]),
            width=max(1.0, width - 0.75),
            height=rows.row - 0.75,
            words=words,
            intensity=0.18 + 0.82 * math.log1p(cell["traces"]) / math.log1p(max(most, 1)),
            failing=cell["errors"] > 0,
            traces=cell["traces"],
            kept=cell["kept"],
            trace_id=cell["trace_id"],
            begin=start,
            end=start + step,
            low=bar["low"],
            high=bar["high"],
        )


def _percentiles(series: Series, rows: _Rows) -> tuple[list[tuple[str, str]], list[Label]]:
    width = PLOT_WIDTH / len(series["buckets"])
    lines: list[tuple[str, str]] = []
    names: list[Label] = []
    for name in ("p95", "p50"):
        path, last = "", 0.0
        for index, bucket in enumerate(series["buckets"]):
            if bucket[name] is not None:
                last = rows.place(bucket[name])
                path += f"M{LEFT + index * width:.1f} {last:.1f}h{width:.1f}"
        lines.append((name, path))
        above = names[-1].y + 12 if names else 0.0
        names.append(Label(LEFT + PLOT_WIDTH + 6, max(last + 4, above), name))
    return lines, names


def _totals(series: Series, rows: _Rows, what: str) -> Iterator[Rectangle]:
    bars = series["histogram"]
    most = max((bar["traces"] for bar in bars), default=0)
    total = sum(bar["traces"] for bar in bars)
    for index in range(rows.first, rows.last + 1):
        bar = bars[index]
        if bar[what]:
            words = f"{duration(bar['low'])} to {duration(bar['high'])}: "
            words += f"{weighted(bar['traces'], 'trace')} ({percent(bar['traces'] / total)})"
            words += f", {number(bar['errors'])} with errors" if bar["errors"] else ""
            width = max(1.0, TOTAL_WIDTH * bar[what] / most)
            yield Rectangle(TOTAL_LEFT, rows.top(index), width, rows.row - 1, words)


def _time_labels(series: Series, bottom: float) -> Iterator[Label]:
    begin, step = int(series["begin"]), series["step"]
    whole = step * len(series["buckets"])
    every = next((s for s in TIME_STEPS_S if whole / (s * 1e9) <= MAX_TIME_LABELS), 0) * 10**9
    every = every or math.ceil(whole / MAX_TIME_LABELS / DAY_NS) * DAY_NS
    moment = -(-begin // every) * every
    while moment <= begin + whole:
        x = LEFT + PLOT_WIDTH * (moment - begin) / whole
        yield Label(x, bottom + 18, clock(moment, every), moment // 10**6)
        moment += every


def clock(moment: int, every: int = 10**9) -> str:
    """Return the time of day in UTC, or the day where the labels are `every` (ns) a day apart."""
    when = datetime.fromtimestamp(moment / 1e9, timezone.utc)
    if every >= DAY_NS:
        return f"{when:%Y-%m-%d}"
    return f"{when:%H:%M}" if every % (60 * 10**9) == 0 else f"{when:%H:%M:%S}"
