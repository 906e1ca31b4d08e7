"""What each lesson changes, as changes that the collector's what-if can play through.

The lessons say it in prose. Here it is said of whatever operations the traces show, so that it
holds for any code that does the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tutor.compare.measurements import ALONE, BURST, REVIEWS, Quantity

Operation = dict[str, Any]
"""One of `operations` in the answer of `/api/what-if`."""
Change = dict[str, Any]
"""One `change` in a request to `/api/what-if`."""

PAIRING = "GET /pair/beer"
MIN_CALLS_TO_BATCH = 5
"""The least number of similar calls below one parent that are worth combining into one."""
CACHED_OPERATIONS = ("beer.query", "donuts.query", "match")
"""The operations that find a pairing, which a cached pairing saves."""


def batch(operations: Sequence[Operation]) -> list[Change]:
    """Return lesson 12's changes: one call instead of many."""
    return [
        _change(operation, way="batch")
        for operation in operations
        if operation["times"] >= MIN_CALLS_TO_BATCH and "batch" in operation["ways"]
    ]


def parallel(operations: Sequence[Operation]) -> list[Change]:
    """Return lesson 13's change: all tastes at the same time."""
    return [
        _change(operation, way="parallel")
        for operation in operations
        if operation["name"] == "palate.taste" and operation["calls"] > 1
    ]


def cache(operations: Sequence[Operation]) -> list[Change]:
    """Return lesson 14's changes: a pairing that was found before is not looked for again."""
    return [
        _change(operation, way="cache")
        for operation in operations
        if operation["name"] in CACHED_OPERATIONS
    ]


def no_waiting(operations: Sequence[Operation]) -> list[Change]:
    """Return lesson 15's changes: no waiting for a lock or a connection."""
    return [
        _change(operation, way="scale", factor=0.0)
        for operation in operations
        if operation["name"].endswith(".wait")
    ]


def index(operations: Sequence[Operation]) -> list[Change]:
    """Return lesson 16's change: the slowest query takes as long as the quickest one, which is
    little more than the round trip."""
    queries = [operation for operation in operations if operation["type"] == "sql"]
    if len(queries) < 2:
        return []
    times = [query["critical_mean"] / query["calls"] for query in queries]
    slowest = queries[times.index(max(times))]
    return [_change(slowest, way="scale", factor=min(times) / max(times))]


@dataclass(frozen=True)
class LessonChange:
    """What a lesson changes, the `quantity` in which that shows, and the `route` on which."""

    changes: Callable[[Sequence[Operation]], list[Change]]
    quantity: Quantity = ALONE
    route: str = PAIRING


LESSON_CHANGES = {
    12: LessonChange(batch),
    13: LessonChange(parallel),
    14: LessonChange(cache),
    15: LessonChange(no_waiting, BURST),
    16: LessonChange(index, REVIEWS, "GET /beers/<name>/reviews"),
}
"""What the lessons change, by the number of the lesson."""


def _change(operation: Operation, **how: object) -> Change:
    return {name: operation[name] for name in ("service", "name", "resource")} | how
