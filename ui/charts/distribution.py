"""Two distributions over the same bars, so that they can be laid over each other."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log
from typing import Any

LABELS = 7
"""Bounds that are named on the axis, about."""
TRIM = 1
"""Empty bars kept at either end."""


@dataclass(frozen=True)
class Bar:
    """How much of each set lasts longer than `low` and at most `high` ns."""

    low: int
    high: int
    a: float
    """Share of set A, 0 to 1."""
    b: float


@dataclass(frozen=True)
class Distribution:
    """What is drawn. Places are percents of the width, heights of the tallest bar."""

    bars: list[Bar]
    tallest: float
    """The greatest share of one bar."""

    def height(self, share: float) -> float:
        """A bar's height in percent."""
        return round(100 * share / self.tallest, 3) if self.tallest else 0.0

    def place(self, ns: float) -> float:
        """Where a duration stands: within its bar by its logarithm, as the bars' bounds are."""
        if not self.bars:
            return 0.0
        at = min(bisect_left([bar.high for bar in self.bars], ns), len(self.bars) - 1)
        low, high = self.bars[at].low, self.bars[at].high
        within = log(ns / low) / log(high / low) if low and ns > 0 else (ns - low) / (high - low)
        return round(100 * (at + min(max(within, 0.0), 1.0)) / len(self.bars), 3)

    def outline(self, side: str) -> str:
        """One side's steps as SVG path data, in a space as wide as there are bars, 100 high."""
        steps = "".join(f"V{100 - self.height(getattr(bar, side))}h1" for bar in self.bars)
        return f"M0 100{steps}V100" if self.bars else ""

    @property
    def labels(self) -> list[tuple[float, int]]:
        """Bounds worth naming, each with its place."""
        every = max(1, round(len(self.bars) / LABELS))
        named = range(every, len(self.bars), every)
        return [(round(100 * at / len(self.bars), 3), self.bars[at].low) for at in named]


def distribution(
    bounds: Sequence[Mapping[str, Any]], a: Sequence[float], b: Sequence[float]
) -> Distribution:
    """Two sets by the bars they fall into; each bar a share of its own set. Empty ends are cut."""
    all_a, all_b = sum(a) or 1.0, sum(b) or 1.0
    bars = [
        Bar(bound["low"], bound["high"], in_a / all_a, in_b / all_b)
        for bound, in_a, in_b in zip(bounds, a, b, strict=True)
    ]
    filled = [at for at, bar in enumerate(bars) if bar.a or bar.b]
    if filled:
        bars = bars[max(0, filled[0] - TRIM) : filled[-1] + 1 + TRIM]
    return Distribution(bars, max((max(bar.a, bar.b) for bar in bars), default=0.0))
