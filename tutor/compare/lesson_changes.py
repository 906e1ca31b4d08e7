"""What each lesson changes, in the words of the collector's what-if, and where that shows.

The lessons say it in prose. Here it is said of whatever operations the traces show, so that it
holds for any code that does the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tutor.compare.ratios import ALONE, BURST, REVIEWS, Quantity

Operation = dict[str, Any]
"""One of `operations` in the answer of `/api/what-if`."""
Change = dict[str, Any]

PAIRING = "GET /pair/beer"
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


def index(operations: Sequence[Operation]) -> list[Change]:
    """Lesson 16: the slowest query as quick as the quickest, which is little more than its way."""
    queries = [each for each in operations if each["type"] == "sql"]
    if len(queries) < 2:
        return []
    times = [each["critical_mean"] / each["calls"] for each in queries]
    slowest = queries[times.index(max(times))]
    return [_change(slowest, way="scale", factor=min(times) / max(times))]


@dataclass(frozen=True)
class Cure:
    """What a lesson changes, and the `quantity` in which that shows, on that `route`."""

    changes: Callable[[Sequence[Operation]], list[Change]]
    quantity: Quantity = ALONE
    route: str = PAIRING


CURES = {
    12: Cure(batch),
    13: Cure(parallel),
    14: Cure(cache),
    15: Cure(no_waiting, BURST),
    16: Cure(index, REVIEWS, "GET /beers/<name>/reviews"),
}
"""By lesson."""


def _change(operation: Operation, **how: object) -> Change:
    return {name: operation[name] for name in ("service", "name", "resource")} | how
