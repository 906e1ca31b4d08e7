"""The calling trees of two sets as one outline, with what was added, removed and changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

Shift = Mapping[str, Any]
"""A path as `/api/compare` gives it."""

MAX_LINES = 40
"""Lines worth reading at once."""
NAMES_COMPARED = 39
"""Names by which a path is found: the collector gives the last 40."""

Place = tuple[int, tuple[str, ...]]
"""A path's depth and its last names."""


@dataclass(frozen=True)
class Line:
    """One path in the outline."""

    shift: Shift
    depth: int
    """The number of lines above it that lead to it."""
    hidden: int
    """The number of paths beneath it that are not shown."""


def outline(shifts: Sequence[Shift], max_lines: int = MAX_LINES) -> list[Line]:
    """Return every path before the paths it calls, the slowest of siblings first.

    Of more than `max_lines` paths those with the largest differences are shown, with all that lead
    to them.
    """
    by_place = _by_place(shifts)
    order = _depth_first(by_place)
    kept = _kept(order, by_place, max_lines)
    lines: list[Line] = []
    last_at_depth: dict[int, int] = {}
    depths: dict[Place, int] = {}
    for place in order:
        depth = depths.get(_parent(place, by_place), -1) + 1
        depths[place] = depth
        if place in kept:
            last_at_depth = {d: line for d, line in last_at_depth.items() if d < depth}
            last_at_depth[depth] = len(lines)
            lines.append(Line(by_place[place], depth, 0))
        elif last_at_depth:
            above = last_at_depth[max(d for d in last_at_depth if d <= depth)]
            lines[above] = replace(lines[above], hidden=lines[above].hidden + 1)
    return lines


def _by_place(shifts: Sequence[Shift]) -> dict[Place, Shift]:
    by_place: dict[Place, Shift] = {}
    for shift in shifts:
        place = shift["depth"], tuple(shift["path"][-NAMES_COMPARED:])
        while place in by_place:  # paths that differ only in names further up
            place = (place[0], (*place[1], ""))
        by_place[place] = shift
    return by_place


def _parent(place: Place, by_place: Mapping[Place, Shift]) -> Place:
    depth, _ = place
    return depth - 1, tuple(by_place[place]["path"][:-1][-NAMES_COMPARED:])


def _depth_first(by_place: Mapping[Place, Shift]) -> list[Place]:
    """Return every place, each followed by all beneath it, siblings by the time beneath them."""
    children: dict[Place, list[Place]] = {}
    tops: list[Place] = []
    for place in by_place:
        parent = _parent(place, by_place)
        (children.setdefault(parent, []) if parent in by_place else tops).append(place)
    weight = _time_beneath(tops, children, by_place)
    order: list[Place] = []
    waiting = sorted(tops, key=weight.__getitem__)
    while waiting:
        place = waiting.pop()
        order.append(place)
        waiting += sorted(children.get(place, []), key=weight.__getitem__)
    return order


def _time_beneath(
    tops: list[Place], children: Mapping[Place, list[Place]], by_place: Mapping[Place, Shift]
) -> dict[Place, float]:
    """Return for each place its time and that of all beneath it, ns."""
    order: list[Place] = []
    waiting = list(tops)
    while waiting:
        place = waiting.pop()
        order.append(place)
        waiting += children.get(place, [])
    weight = {place: _time(by_place[place]) for place in order}
    for place in reversed(order):
        parent = _parent(place, by_place)
        if parent in weight:
            weight[parent] += weight[place]
    return weight


def _time(shift: Shift) -> float:
    return float(max(shift["critical_a"], shift["critical_b"]))


def _kept(order: Sequence[Place], by_place: Mapping[Place, Shift], max_lines: int) -> set[Place]:
    """Return the places to show."""
    if len(order) <= max_lines:
        return set(order)
    kept: set[Place] = set()
    for place, shift in by_place.items():  # the collector sends the largest differences first
        path = []
        ancestor = place
        while ancestor in by_place and ancestor not in kept:
            path.append(ancestor)
            ancestor = _parent(ancestor, by_place)
        if len(kept) + len(path) <= max_lines and (shift["difference"] or not kept):
            kept.update(path)
    return kept or set(order[:max_lines])
