"""Two distributions over the same bars, so that they can be laid over each other."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import log
from typing import Any

ABOUT_LABELS = 7
"""Approximate number of labels on the axis."""
SPARE_BARS = 1
"""Empty bars kept at either end."""


@dataclass(frozen=True)
class Bar:
    """The share of each set that lasts longer than `low` and at most `high` ns."""

    low: int
    high: int
    a: float
    b: float
    """Shares of set A and of set B, 0 to 1."""
    kept_a: int = 0
    """Traces of set A, unweighted: as many as a search lists."""
    kept_b: int = 0


@dataclass(frozen=True)
class Distribution:
    """Two sets over the same bars. Places are in percent of the width, heights of the tallest."""

    bars: list[Bar]
    tallest: float
    """The largest share of one bar, 0 to 1."""

    def height(self, share: float) -> float:
        """Return a bar's height in percent."""
        return round(100 * share / self.tallest, 3) if self.tallest else 0.0

    def place(self, ns: float) -> float:
        """Return where a duration (ns) is: within its bar by its logarithm, as bars are spaced."""
        if not self.bars:
            return 0.0
        index = min(bisect_left([bar.high for bar in self.bars], ns), len(self.bars) - 1)
        low, high = self.bars[index].low, self.bars[index].high
        within = log(ns / low) / log(high / low) if low and ns > 0 else (ns - low) / (high - low)
        return round(100 * (index + min(max(within, 0.0), 1.0)) / len(self.bars), 3)

    def outline(self, letter: str) -> str:
        """Return the steps of set `a` or `b` as SVG path data, one unit wide per bar, 100 high."""
        steps = "".join(f"V{100 - self.height(getattr(bar, letter))}h1" for bar in self.bars)
        return f"M0 100{steps}V100" if self.bars else ""

    @property
    def labels(self) -> list[tuple[float, int]]:
        """Bounds to label (ns), each after its place."""
        every = max(1, round(len(self.bars) / ABOUT_LABELS))
        labelled = range(every, len(self.bars), every)
        return [(round(100 * i / len(self.bars), 3), self.bars[i].low) for i in labelled]


def distribution(
    bounds: Sequence[Mapping[str, Any]],
    a: Sequence[float],
    b: Sequence[float],
    kept: Sequence[tuple[int, int]] = (),
) -> Distribution:
    """Return two sets by their traces in each bar, as shares of the set, and where known
    by how many were `kept`. Empty ends are cut."""
    all_a, all_b = sum(a) or 1.0, sum(b) or 1.0
    bars = [
        Bar(bound["low"], bound["high"], in_a / all_a, in_b / all_b)
        for bound, in_a, in_b in zip(bounds, a, b, strict=True)
    ]
    if kept:
        bars = [
            replace(bar, kept_a=in_a, kept_b=in_b)
            for bar, (in_a, in_b) in zip(bars, kept, strict=True)
        ]
    filled = [index for index, bar in enumerate(bars) if bar.a or bar.b]
    if filled:
        bars = bars[max(0, filled[0] - SPARE_BARS) : filled[-1] + 1 + SPARE_BARS]
    return Distribution(bars, max((max(bar.a, bar.b) for bar in bars), default=0.0))
