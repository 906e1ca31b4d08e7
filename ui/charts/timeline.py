"""Rate, errors and durations over time (`/api/series` of the collector) as shapes on a sheet.

One sheet holds them all over one axis of time: bars for the rate and the errors, the heat map of
durations with the percentiles over it, and at its side the same durations summed over all time.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from ui.words.wording import duration, number, percent

WIDTH, LEFT, HEAT = 1200.0, 62.0, 880.0
SIDE, SIDE_WIDTH = LEFT + HEAT + 46, 196.0
RATE_TOP, RATE_HEIGHT = 22.0, 52.0
TOP, SHORTEST, TALLEST, ROW = 104.0, 90.0, 300.0, 22.0
SPARE = 1
"""Empty rows of the heat map above and below those with traces in them."""
STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400)
"""Seconds between marks on the axis of time."""
MARKS = 8

Series = dict[str, Any]
CellLink = Callable[[dict[str, Any], "Cell"], str]


@dataclass(frozen=True)
class Rectangle:
    """A bar, with the words for it."""

    x: float
    y: float
    width: float
    height: float
    words: str = ""


@dataclass(frozen=True)
class Cell(Rectangle):
    """Traces of about one duration at about one time."""

    depth: float = 0.0
    """0 to 1: how many, on a scale that shows single ones."""
    failing: bool = False
    traces: float = 0.0
    trace_id: str = ""
    begin: int = 0
    end: int = 0
    low: float = 0.0
    high: float = 0.0


@dataclass(frozen=True)
class Label:
    """A word at a place."""

    x: float
    y: float
    text: str
    moment: int = 0
    """ms since 1970 where the word is a time, which a script can say in the reader's own."""


@dataclass(frozen=True)
class Timeline:
    """Everything on the sheet."""

    height: float
    bottom: float
    rate: list[Rectangle]
    errors: list[Rectangle]
    most: Label
    cells: list[Cell]
    lines: list[tuple[str, str]]
    """Name of a percentile and its path: a dash for each step, since steps with few traces jump."""
    ends: list[Label]
    """The names of those lines, at their ends."""
    side: list[Rectangle]
    side_errors: list[Rectangle]
    levels: list[Label]
    moments: list[Label]


def timeline(series: Series) -> Timeline | None:
    """The sheet for a series; None where it holds no trace."""
    if not series["cells"]:
        return None
    rows = _Rows(series)
    bottom = TOP + rows.height
    lines, ends = _percentiles(series, rows)
    most = max(bucket["traces"] for bucket in series["buckets"])
    return Timeline(
        height=bottom + 30,
        bottom=bottom,
        rate=list(_rate(series, "traces", most)),
        errors=list(_rate(series, "errors", most)),
        most=Label(LEFT - 8, RATE_TOP + 10, number(most)),
        cells=list(_cells(series, rows)),
        lines=lines,
        ends=ends,
        side=list(_side(series, rows, "traces")),
        side_errors=list(_side(series, rows, "errors")),
        levels=list(rows.levels()),
        moments=list(_moments(series, bottom)),
    )


class _Rows:
    """Where durations stand, from long (above) to short: each bar of the series is one row."""

    def __init__(self, series: Series) -> None:
        used = [cell["bar"] for cell in series["cells"]]
        self.bars: Sequence[dict[str, float]] = series["bars"]
        self.first = max(0, min(used) - SPARE)
        self.last = min(len(self.bars) - 1, max(used) + SPARE)
        count = self.last - self.first + 1
        self.row = min(max(ROW, SHORTEST / count), TALLEST / count)
        self.height = self.row * count

    def top(self, bar: int) -> float:
        return TOP + (self.last - bar) * self.row

    def place(self, value: float) -> float:
        """The height of a duration, between the rows' edges on a logarithmic scale."""
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

    def levels(self) -> Iterator[Label]:
        every = max(1, math.ceil(26 / self.row))
        for bar in range(self.first, self.last + 1, every):
            y = self.top(bar) + self.row
            yield Label(LEFT - 8, y, duration(self.bars[bar]["low"]))


def moments(series: Series, sheet: Timeline) -> list[dict[str, Any]]:
    """The steps in time that have traces, each with its beginning and its cells, longest first."""
    cells: dict[int, list[Cell]] = {}
    for cell in sheet.cells:
        cells.setdefault(cell.begin, []).append(cell)
    begins = [int(series["begin"]) + at * series["step"] for at in range(len(series["buckets"]))]
    return [
        {**bucket, "begin": str(begin), "cells": cells.get(begin, [])}
        for begin, bucket in zip(begins, series["buckets"], strict=True)
        if bucket["traces"]
    ]


def _rate(series: Series, what: str, most: float) -> Iterator[Rectangle]:
    width = HEAT / len(series["buckets"])
    for at, bucket in enumerate(series["buckets"]):
        if bucket[what]:
            height = max(1.5, RATE_HEIGHT * bucket[what] / most)
            y = RATE_TOP + RATE_HEIGHT - height
            words = f"{number(bucket['traces'])} traces, {number(bucket['errors'])} with errors"
            yield Rectangle(LEFT + at * width, y, max(1.0, width - 1), height, words)


def _cells(series: Series, rows: _Rows) -> Iterator[Cell]:
    width = HEAT / len(series["buckets"])
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
            depth=0.18 + 0.82 * math.log1p(cell["traces"]) / math.log1p(max(most, 1)),
            failing=cell["errors"] > 0,
            traces=cell["traces"],
            trace_id=cell["trace_id"],
            begin=start,
            end=start + step,
            low=bar["low"],
            high=bar["high"],
        )


def _percentiles(series: Series, rows: _Rows) -> tuple[list[tuple[str, str]], list[Label]]:
    width = HEAT / len(series["buckets"])
    lines: list[tuple[str, str]] = []
    ends: list[Label] = []
    for name in ("p95", "p50"):
        path, last = "", 0.0
        for at, bucket in enumerate(series["buckets"]):
            if bucket[name] is not None:
                last = rows.place(bucket[name])
                path += f"M{LEFT + at * width:.1f} {last:.1f}h{width:.1f}"
        lines.append((name, path))
        above = ends[-1].y + 12 if ends else 0.0
        ends.append(Label(LEFT + HEAT + 6, max(last + 4, above), name))
    return lines, ends


def _side(series: Series, rows: _Rows, what: str) -> Iterator[Rectangle]:
    bars = series["histogram"]
    most = max((bar["traces"] for bar in bars), default=0)
    total = sum(bar["traces"] for bar in bars)
    for at in range(rows.first, rows.last + 1):
        bar = bars[at]
        if bar[what]:
            words = f"{duration(bar['low'])} to {duration(bar['high'])}: "
            words += f"{number(bar['traces'])} traces ({percent(bar['traces'] / total)})"
            words += f", {number(bar['errors'])} with errors" if bar["errors"] else ""
            width = max(1.0, SIDE_WIDTH * bar[what] / most)
            yield Rectangle(SIDE, rows.top(at), width, rows.row - 1, words)


def _moments(series: Series, bottom: float) -> Iterator[Label]:
    begin, step = int(series["begin"]), series["step"]
    whole = step * len(series["buckets"])
    every = next((s for s in STEPS if whole / (s * 1e9) <= MARKS), 0) * 10**9
    every = every or math.ceil(whole / MARKS / 86_400e9) * 86_400 * 10**9
    moment = -(-begin // every) * every
    while moment <= begin + whole:
        x = LEFT + HEAT * (moment - begin) / whole
        yield Label(x, bottom + 18, clock(moment, every), moment // 10**6)
        moment += every


def clock(moment: int, every: int = 10**9) -> str:
    """The time of day in UTC; the day where the marks are days apart."""
    when = datetime.fromtimestamp(moment / 1e9, timezone.utc)
    if every >= 86_400 * 10**9:
        return f"{when:%Y-%m-%d}"
    return f"{when:%H:%M}" if every % (60 * 10**9) == 0 else f"{when:%H:%M:%S}"
