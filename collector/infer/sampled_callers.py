"""The likely callers of many calls together, found by trying.

Giving one call to another caller makes the calls around it more or less likely, too. So whole
assignments are drawn, each with the probability that habits give it, by the Metropolis–Hastings
algorithm (Hastings 1970): a small change is proposed, and kept as often as it makes the whole more
likely. How often a call was with a caller is then that caller's probability.
"""

from __future__ import annotations

import math
import random
from bisect import bisect_left, insort
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from collector.infer.habits import Likelihood
from collector.infer.operations import Operation
from collector.infer.records import Record

SWEEPS = 30
"""Changes proposed for each open call; two thirds of them are made before counting begins."""
MAX_PROPOSALS = 120_000
"""Changes proposed in all, which take a few seconds. With more than some 4,000 open calls there are
fewer for each."""
_WITH_TAIL, _IN_EXCHANGE = 0.5, 0.8
"""Shares of the proposals, added up: with all that follows, in exchange for one call, just so."""
_LENGTHS = (2, 3, 5, 8, 13, 10**6, 10**6, 10**6)
"""Calls that follow and go along, at most."""
_NEAR = (-1, 0, 0, 0, 1)
"""Calls of the other parent that are given back, counted from those that begin after."""
HOTTEST = 4.0
"""At first changes for the worse are made this much more readily, so as not to get stuck."""


@dataclass(frozen=True)
class Problem:
    """Records, who may have called each, and how likely calls are. The lists have an entry for each
    record."""

    records: Sequence[Record]
    kinds: Sequence[Operation]
    possible: Sequence[Sequence[int]]
    likelihoods: Mapping[Operation, Likelihood]


def sample(
    problem: Problem, parents: list[int], open_calls: Sequence[int], rng: random.Random
) -> dict[int, Counter[int]]:
    """Return for each open call how often it was with each parent. `parents` is where to begin, and
    then the last assignment."""
    state = _Assignment(problem, parents)
    proposals = min(SWEEPS * len(open_calls), MAX_PROPOSALS)
    warming = proposals * 2 // 3
    counts: dict[int, Counter[int]] = {index: Counter() for index in open_calls}
    for number in range(1, proposals + 1):
        heat = 1 + (HOTTEST - 1) * max(0.0, 1 - number / warming)
        index = rng.choice(open_calls)
        other = rng.choice(problem.possible[index])
        if other != state.parents[index]:
            state.propose(index, other, rng, heat)
        if number == proposals or (number > warming and number % len(open_calls) == 0):
            for call in open_calls:
                counts[call][state.parents[call]] += 1
    return counts


def has_time(open_calls: Sequence[int]) -> bool:
    """Return whether so many calls can be moved often enough for it not to matter where they
    begin."""
    return SWEEPS * len(open_calls) <= MAX_PROPOSALS


class _Assignment:
    """Which calls each record makes at present."""

    def __init__(self, problem: Problem, parents: list[int]) -> None:
        self.parents = parents
        self._problem = problem
        self._allowed = [set(outer) for outer in problem.possible]
        self._calls: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for index, parent in enumerate(parents):
            if parent >= 0:
                insort(self._calls[parent], (problem.records[index].start, index))
        self._likely: dict[int, float] = {}

    def propose(self, index: int, other: int, rng: random.Random, heat: float) -> None:
        """Propose to give a call to another parent: it alone, in exchange for a call there of about
        the same time, or with all that follows in exchange for what follows there. Whoever mixes
        up two callers does so from then on."""
        here, there = self._calls[self.parents[index]], self._calls[other]
        call = self._problem.records[index].start, index
        at = max(0, bisect_left(there, call) + rng.choice(_NEAR))
        moved, back = [call], []
        way = rng.random()
        if way < _WITH_TAIL:
            first, length = bisect_left(here, call), rng.choice(_LENGTHS)
            moved, back = (
                here[first : first + length],
                there[at : at + max(0, length + rng.choice(_NEAR))],
            )
        elif way < _IN_EXCHANGE:
            back = there[at : at + 1]
        owner = self.parents[index]
        if not self._may(moved, other) or not self._may(back, owner):
            return
        new_here = sorted([call for call in here if call not in moved] + back)
        new_there = sorted([call for call in there if call not in back] + moved)
        new = self._of(owner, new_here), self._of(other, new_there)
        gain = sum(new) - self._now(owner) - self._now(other)
        if gain >= 0 or rng.random() < math.exp(gain / heat):
            self._calls[owner], self._calls[other] = new_here, new_there
            self._likely[owner], self._likely[other] = new
            for _, one in moved:
                self.parents[one] = other
            for _, one in back:
                self.parents[one] = owner

    def _may(self, calls: Sequence[tuple[int, int]], parent: int) -> bool:
        return all(parent in self._allowed[call] for _, call in calls)

    def _now(self, parent: int) -> float:
        if parent not in self._likely:
            self._likely[parent] = self._of(parent, self._calls[parent])
        return self._likely[parent]

    def _of(self, parent: int, calls: Sequence[tuple[int, int]]) -> float:
        records = self._problem.records
        likelihood = self._problem.likelihoods[self._problem.kinds[parent]]
        return likelihood.of(records[parent], [records[call] for _, call in calls])
