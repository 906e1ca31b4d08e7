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
    """The nodes of a fold by path, each before what it calls; of siblings the one with the most
    time on the critical path, everything beneath it included, comes first."""
    children: dict[str, list[str]] = {}
    for key, node in fold.nodes.items():
        for caller in node.callers:
            children.setdefault(caller, []).append(key)
    critical = {key: node.critical for key, node in fold.nodes.items()}
    for key, caller in reversed(_downwards(children)):
        if caller != OUTSIDE:
            critical[caller] += critical[key]
    for keys in children.values():
        keys.sort(key=lambda key: (-critical[key], key))

    depth_of = {OUTSIDE: -1}
    lines = []
    for key, caller in _downwards(children):
        depth_of[key] = depth_of[caller] + 1
        lines.append(Line(depth_of[key], key, critical[key] / max(1, fold.traces)))
    return lines


def callers(fold: Fold) -> dict[str, str]:
    """The one caller of each node of a fold by path."""
    return {key: next(iter(node.callers), OUTSIDE) for key, node in fold.nodes.items()}


def _downwards(children: dict[str, list[str]]) -> list[tuple[str, str]]:
    """Every key with its caller's, callers first, each followed by all that is beneath it."""
    order = []
    stack = [(key, OUTSIDE) for key in reversed(children.get(OUTSIDE, []))]
    while stack:
        key, caller = stack.pop()
        order.append((key, caller))
        stack += [(child, key) for child in reversed(children.get(key, []))]
    return order
