"""Whose call each record is, where it lies within several that may have made it.

A call lies within its caller. Where requests run side by side, that leaves several possible
callers, and the one with the habits that fit best is the most likely: whoever has just had an
answer makes the next call. The idea of weighing possible causes by the delay before the call is
that of WAP5 (Reynolds et al., WWW 2006).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from collector.infer.callers import Callers
from collector.infer.containment import in_order
from collector.infer.habits import Habits
from collector.infer.operations import Operation, operation_of
from collector.infer.records import Record

ROUNDS = 3
"""Times that the callers are chosen; each round learns habits from the one before."""
SURE = 0.9
"""Confidence from which on habits are learned from a choice."""

Pair = tuple[Operation, Operation]


class Placement(NamedTuple):
    """Where a record belongs."""

    parent: int = -1
    """Index of the record that called it, -1 if nothing did."""
    confidence: float = 1.0
    """Probability of that parent, 0 to 1, among those that are possible."""
    possible: int = 0
    """Number of possible parents."""


def place(
    records: Sequence[Record], candidates: Sequence[Sequence[int]], callers: Callers
) -> list[Placement]:
    """Return for each record where it belongs."""
    kinds = [operation_of(record) for record in records]
    possible = [
        [outer for outer in candidates[index] if callers.weight(kinds[outer], kind)]
        for index, kind in enumerate(kinds)
    ]
    order = in_order(records)
    only = [Placement(of[0], 1.0, 1) if len(of) == 1 else Placement() for of in possible]
    habits = _learn(records, kinds, order, only, possible)
    placements = only
    for _ in range(ROUNDS if any(len(of) > 1 for of in possible) else 0):
        placements = _choose(records, kinds, order, possible, callers, habits)
        habits = _learn(records, kinds, order, placements, possible)
    return placements


def _choose(
    records: Sequence[Record],
    kinds: Sequence[Operation],
    order: Sequence[int],
    possible: Sequence[Sequence[int]],
    callers: Callers,
    habits: dict[Pair, Habits],
) -> list[Placement]:
    """Return the likeliest placement of each record, in the order in which they began."""
    placements = [Placement()] * len(records)
    calls = _CallsSoFar(records)
    for index in order:
        outer = possible[index]
        if not outer:
            continue
        weights = []
        for parent in outer:
            pair = (kinds[parent], kinds[index])
            gap, before = calls.gap(parent, index, kinds[index])
            fit = habits[pair].likelihood(gap, before)
            weights.append(fit * callers.weight(*pair))
        best = max(range(len(outer)), key=weights.__getitem__)
        total = sum(weights)
        confidence = weights[best] / total if total else 1 / len(outer)
        placements[index] = Placement(outer[best], confidence, len(outer))
        calls.add(outer[best], index)
    return placements


def _learn(
    records: Sequence[Record],
    kinds: Sequence[Operation],
    order: Sequence[int],
    placements: Sequence[Placement],
    possible: Sequence[Sequence[int]],
) -> dict[Pair, Habits]:
    """Return the habits that placements show, as far as they are sure."""
    habits: dict[Pair, Habits] = defaultdict(Habits)
    calls = _CallsSoFar(records)
    number: dict[tuple[int, Operation], int] = defaultdict(int)
    unsure: set[int] = set()
    for index in order:
        parent, confidence, _ = placements[index]
        if parent >= 0:
            gap, before = calls.gap(parent, index, kinds[index])
            calls.add(parent, index)
            number[parent, kinds[index]] += 1
        if parent < 0 or confidence < SURE:
            unsure.update(possible[index])
        else:
            habits[kinds[parent], kinds[index]].learn(gap, before == 0)
    called_by: dict[Operation, set[Operation]] = defaultdict(set)
    for calling, called in habits:
        called_by[calling].add(called)
    for parent, kind in enumerate(kinds):
        if parent not in unsure:
            for called in called_by.get(kind, ()):
                habits[kind, called].learn_number(number.get((parent, called), 0))
    return habits


class _CallsSoFar:
    """What each caller has called, while records are gone through in the order of their starts."""

    def __init__(self, records: Sequence[Record]) -> None:
        self._records = records
        self._last: dict[int, int] = {}
        """By caller the latest end of its calls."""
        self._number: dict[tuple[int, Operation], int] = defaultdict(int)

    def gap(self, parent: int, index: int, kind: Operation) -> tuple[int, int]:
        """Return the ns since the caller's last call ended or, if it has made none, since it began,
        and how many calls of this kind it has made."""
        since = self._last.get(parent, self._records[parent].start)
        gap = self._records[index].start - since
        return gap, self._number.get((parent, kind), 0)

    def add(self, parent: int, index: int) -> None:
        """Take into account that `parent` called `index`."""
        record = self._records[index]
        self._last[parent] = max(self._last.get(parent, record.end), record.end)
        self._number[parent, operation_of(record)] += 1
