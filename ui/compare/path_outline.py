"""The calling trees of two sets as one outline, with what was added, removed and changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Shift = Mapping[str, Any]
"""A path as /api/compare gives it."""

MOST = 40
"""Lines worth reading at once."""
KNOWN = 39
"""Names of a path by which it is told from others: the collector tells the last 40."""

Place = tuple[int, tuple[str, ...]]


@dataclass(frozen=True)
class Line:
    """One path in the outline."""

    shift: Shift
    depth: int
    """Levels of the outline above it."""
    hidden: int
    """Paths beneath it that are not shown."""


def outline(shifts: Sequence[Shift], most: int = MOST) -> list[Line]:
    """The paths before what they call, of siblings the slowest first. With more than `most` of them
    those whose time differs most are shown, with all that lead to them."""
    by_place: dict[Place, Shift] = {}
    for shift in shifts:
        place = _place(shift)
        while place in by_place:  # other words in other places of the same names
            place = (place[0], (*place[1], ""))
        by_place[place] = shift
    children: dict[Place, list[Place]] = {}
    tops = []
    for place in by_place:
        above = _above(place, by_place)
        if above in by_place:
            children.setdefault(above, []).append(place)
        else:
            tops.append(place)
    order = _downwards(tops, children, by_place)
    kept = _kept(order, by_place, most)
    lines: list[Line] = []
    last: dict[int, int] = {}
    depths: dict[Place, int] = {}
    for place in order:
        depth = depths.get(_above(place, by_place), -1) + 1
        depths[place] = depth
        if place in kept:
            last = {level: at for level, at in last.items() if level < depth}
            last[depth] = len(lines)
            lines.append(Line(by_place[place], depth, 0))
        elif last:
            at = last[max(level for level in last if level <= depth)]
            lines[at] = Line(lines[at].shift, lines[at].depth, lines[at].hidden + 1)
    return lines


def _place(shift: Shift) -> Place:
    return shift["depth"], tuple(shift["path"][-KNOWN:])


def _above(place: Place, by_place: Mapping[Place, Shift]) -> Place:
    depth, _ = place
    return depth - 1, tuple(by_place[place]["path"][:-1][-KNOWN:])


def _downwards(
    tops: list[Place], children: dict[Place, list[Place]], by_place: Mapping[Place, Shift]
) -> list[Place]:
    """Every place, each followed by all beneath it, siblings by all the time beneath them."""
    order: list[Place] = []
    waiting = list(tops)
    while waiting:
        place = waiting.pop()
        order.append(place)
        waiting += children.get(place, [])
    weight = {place: _time(by_place[place]) for place in order}
    for place in reversed(order):
        above = _above(place, by_place)
        if above in weight:
            weight[above] += weight[place]
    order = []
    waiting = sorted(tops, key=weight.__getitem__)
    while waiting:
        place = waiting.pop()
        order.append(place)
        waiting += sorted(children.get(place, []), key=weight.__getitem__)
    return order


def _time(shift: Shift) -> float:
    return float(max(shift["critical_a"], shift["critical_b"]))


def _kept(order: Sequence[Place], by_place: Mapping[Place, Shift], most: int) -> set[Place]:
    if len(order) <= most:
        return set(order)
    kept: set[Place] = set()
    for place, shift in by_place.items():  # as they came: the largest differences first
        way = []
        at = place
        while at in by_place and at not in kept:
            way.append(at)
            at = _above(at, by_place)
        if len(kept) + len(way) <= most and (shift["difference"] or not kept):
            kept.update(way)
    return kept or set(order[:most])
