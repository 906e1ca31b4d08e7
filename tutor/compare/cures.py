"""What each lesson changes, in the words of the collector's what-if.

The lessons say it in prose. Here it is said of whatever operations the traces show, so that it
holds for any code that does the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

Operation = dict[str, Any]
"""One of `operations` in the answer of `/api/what-if`."""
Change = dict[str, Any]

MANY = 5
"""Calls of one kind under one parent that are worth making one of."""
LOOKED_UP = ("beer.query", "donuts.query", "match")
"""What finding a pairing is made of, and keeping it saves."""


def batch(operations: Sequence[Operation]) -> list[Change]:
    """Lesson 12: one call instead of many."""
    return [
        _change(each, way="batch")
        for each in operations
        if each["times"] >= MANY and "batch" in each["ways"]
    ]


def parallel(operations: Sequence[Operation]) -> list[Change]:
    """Lesson 13: the tastes all at the same time."""
    return [
        _change(each, way="parallel")
        for each in operations
        if each["name"] == "palate.taste" and each["calls"] > 1
    ]


def cache(operations: Sequence[Operation]) -> list[Change]:
    """Lesson 14: a pairing that was found before is not looked for again."""
    return [_change(each, way="cache") for each in operations if each["name"] in LOOKED_UP]


def no_waiting(operations: Sequence[Operation]) -> list[Change]:
    """Lesson 15: nobody waits for a lock or a connection."""
    return [
        _change(each, way="scale", factor=0.0)
        for each in operations
        if each["name"].endswith(".wait")
    ]


ALONE: dict[int, Callable[[Sequence[Operation]], list[Change]]] = {
    12: batch,
    13: parallel,
    14: cache,
}
"""By lesson, what it changes for a single visitor."""

BURST: dict[int, Callable[[Sequence[Operation]], list[Change]]] = {15: no_waiting}
"""By lesson, what it changes for several visitors at once."""


def _change(operation: Operation, **how: object) -> Change:
    return {name: operation[name] for name in ("service", "name", "resource")} | how
