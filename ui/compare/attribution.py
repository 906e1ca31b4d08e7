"""Where a difference comes from, as a waterfall chart: bars that lead from one mean to the other.

Each bar begins where the one before it ended, so that the last one ends exactly at the measured
difference. A bar has two lanes: what is due to the number of calls, and what to their cost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ui.charts.axes import DurationAxis
from ui.compare.moved_paths import with_moves

Shift = Mapping[str, Any]
"""A path as /api/compare gives it."""

MAX_STEPS = 12
"""Paths with a bar of their own; the others share one."""

MIN_SHARE = 0.005
"""Share of the longer mean below which a bar could not be seen."""


@dataclass(frozen=True)
class Lane:
    """A bar, or a half of one; places in percent of the chart's width."""

    x: float
    width: float
    ns: int
    """What it adds; below 0 the bar runs from right to left."""


@dataclass(frozen=True)
class Step:
    """One path, or all the others together. Times in ns, places in percent of the chart's width."""

    shift: Shift | None
    """None for all the other paths together."""
    paths: int
    difference: int
    calls: Lane
    per_call: Lane
    begins: float
    between: float
    ends: float


@dataclass(frozen=True)
class Waterfall:
    """The chart: the mean of A, a step for each path, the mean of B."""

    steps: list[Step]
    axis: DurationAxis
    mean_a: Lane
    mean_b: Lane
    end: float
    """The mean of A plus all steps, ns: the mean of B."""


def waterfall(comparison: Mapping[str, Any], max_steps: int = MAX_STEPS) -> Waterfall:
    """Return the chart of an answer of `/api/compare`, with steps for at most `max_steps` paths."""
    changed = [shift for shift in with_moves(comparison["shifts"]) if _largest_effect(shift)]
    visible = MIN_SHARE * max(comparison["mean_a"], comparison["mean_b"])
    own = [shift for shift in changed if _largest_effect(shift) >= visible][:max_steps]
    others = [shift for shift in changed if shift not in own]
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
    return _waterfall(comparison["mean_a"], parts)


def _largest_effect(shift: Shift) -> int:
    """Return how much a path changes, ns: its two parts may cancel each other out."""
    return max(abs(shift[name]) for name in ("difference", "calls_effect", "per_call_effect"))


def _waterfall(start: float, parts: Sequence[tuple[Shift | None, int, int, int]]) -> Waterfall:
    reached = [start]
    for _, _, calls, per_call in parts:
        reached += [reached[-1] + calls, reached[-1] + calls + per_call]
    axis = DurationAxis.over(reached)
    steps = []
    for index, (shift, paths, calls, per_call) in enumerate(parts):
        begin, between, end = reached[2 * index : 2 * index + 3]
        steps.append(
            Step(
                shift,
                paths,
                calls + per_call,
                _lane(axis, begin, between, calls),
                _lane(axis, between, end, per_call),
                axis.place(begin),
                axis.place(between),
                axis.place(end),
            )
        )
    end = reached[-1]
    mean_a, mean_b = (_lane(axis, axis.low, mean, round(mean)) for mean in (start, end))
    return Waterfall(steps, axis, mean_a, mean_b, end)


def _lane(axis: DurationAxis, one: float, other: float, ns: int) -> Lane:
    left, right = sorted((axis.place(one), axis.place(other)))
    return Lane(left, right - left, ns)
