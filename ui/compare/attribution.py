"""Where a difference comes from, as a waterfall chart: bars from one mean to the other.

Each bar begins where the one before it ended, so that the last one ends at the measured difference
and nowhere else. A bar has two lanes: what is due to the number of calls, and what to their cost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ui.charts.scale import Scale
from ui.compare.moved_paths import with_moves

Shift = Mapping[str, Any]
"""A path as /api/compare gives it."""

MOST = 12
"""Bars for paths of their own; the rest shares one."""

LEAST = 0.005
"""Of the longer mean: a bar for less could not be seen."""


@dataclass(frozen=True)
class Lane:
    """A stretch of the chart in percent of its width."""

    x: float
    width: float
    ns: int
    """What it adds: below 0 it runs from right to left."""


@dataclass(frozen=True)
class Step:
    """One path, or all the others together. Times in ns, places in percent of the width."""

    shift: Shift | None
    """None for all the others."""
    paths: int
    difference: int
    calls: Lane
    per_call: Lane
    begins: float
    between: float
    ends: float


@dataclass(frozen=True)
class Waterfall:
    """The chart: A's mean, a step for each path, B's mean."""

    steps: list[Step]
    scale: Scale
    mean_a: Lane
    mean_b: Lane
    end: float
    """A's mean and all the steps, ns: B's mean as far as it was measured."""


def waterfall(comparison: Mapping[str, Any], most: int = MOST) -> Waterfall:
    """The chart of an answer of /api/compare, with `most` paths as steps of their own."""
    moved = [shift for shift in with_moves(comparison["shifts"]) if _moved(shift)]
    least = LEAST * max(comparison["mean_a"], comparison["mean_b"])
    own = [shift for shift in moved if _moved(shift) >= least][:most]
    others = [shift for shift in moved if shift not in own]
    left = comparison["left_out"]
    parts: list[tuple[Shift | None, int, int, int]] = [
        (shift, shift.get("paths", 1), shift["calls_effect"], shift["per_call_effect"])
        for shift in own
    ]
    if others or left["difference"]:
        calls = sum(shift["calls_effect"] for shift in others)
        rest = sum(shift["per_call_effect"] for shift in others) + left["difference"]
        paths = sum(shift.get("paths", 1) for shift in others) + left["shifts"]
        parts.append((None, paths, calls, rest))
    return _placed(comparison["mean_a"], parts)


def _moved(shift: Shift) -> int:
    """How far a path moves anything, ns: its parts may cancel each other out."""
    return max(abs(shift[each]) for each in ("difference", "calls_effect", "per_call_effect"))


def _placed(start: float, parts: Sequence[tuple[Shift | None, int, int, int]]) -> Waterfall:
    reached = [start]
    for _, _, calls, per_call in parts:
        reached += [reached[-1] + calls, reached[-1] + calls + per_call]
    scale = Scale.over(reached)
    steps = []
    for at, (shift, paths, calls, per_call) in enumerate(parts):
        begin, between, end = reached[2 * at : 2 * at + 3]
        steps.append(
            Step(
                shift,
                paths,
                calls + per_call,
                _lane(scale, begin, between, calls),
                _lane(scale, between, end, per_call),
                scale.place(begin),
                scale.place(between),
                scale.place(end),
            )
        )
    end = reached[-1]
    mean_a, mean_b = (_lane(scale, scale.low, mean, round(mean)) for mean in (start, end))
    return Waterfall(steps, scale, mean_a, mean_b, end)


def _lane(scale: Scale, one: float, other: float, ns: int) -> Lane:
    left, right = sorted((scale.place(one), scale.place(other)))
    return Lane(left, right - left, ns)
