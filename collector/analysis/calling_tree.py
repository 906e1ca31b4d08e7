"""A fold by path as an outline: who calls what, and where the time goes."""

from __future__ import annotations

from typing import NamedTuple

from collector.analysis.fold import OUTSIDE, Fold


class Line(NamedTuple):
    """One node of the calling tree."""

    depth: int
    key: str
    critical: float
    """Nanoseconds on the critical path per trace, of the node and everything beneath it."""


def calling_tree(fold: Fold) -> list[Line]:
    """Return the nodes of a fold by path, each before what it calls. Among siblings the one with
    the most time on the critical path, including everything beneath it, comes first."""
    callees = fold.callees()
    critical = {key: node.critical for key, node in fold.nodes.items()}
    for key, caller in reversed(_downwards(callees)):
        if caller != OUTSIDE:
            critical[caller] += critical[key]
    for keys in callees.values():
        keys.sort(key=lambda key: (-critical[key], key))

    depth_of = {OUTSIDE: -1}
    lines = []
    for key, caller in _downwards(callees):
        depth_of[key] = depth_of[caller] + 1
        lines.append(Line(depth_of[key], key, critical[key] / max(1, fold.traces)))
    return lines


def callers(fold: Fold) -> dict[str, str]:
    """Return the one caller of each node of a fold by path."""
    return {key: next(iter(node.callers), OUTSIDE) for key, node in fold.nodes.items()}


def _downwards(callees: dict[str, list[str]]) -> list[tuple[str, str]]:
    """Return every key with its caller's, each followed by everything beneath it."""
    order = []
    stack = [(key, OUTSIDE) for key in reversed(callees.get(OUTSIDE, []))]
    while stack:
        key, caller = stack.pop()
        order.append((key, caller))
        stack += [(child, key) for child in reversed(callees.get(key, []))]
    return order
