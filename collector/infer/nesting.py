"""Whose call each record is, where it lies within several that may have made it.

A call lies within its caller. Where requests run side by side, that leaves several possible
callers, and the one with the habits that fit best is the most likely: whoever has just had an
answer makes the next call. The idea of weighing possible causes by the delay before the call is
that of WAP5 (Reynolds et al., WWW 2006); here the calls of all requests are weighed together.
"""

from __future__ import annotations

import math
import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from collector.infer.callers import Callers
from collector.infer.containment import in_order
from collector.infer.habits import Habits, Likelihood
from collector.infer.operations import Operation, operation_of
from collector.infer.records import Record
from collector.infer.sampled_callers import Problem, has_time, sample

ROUNDS = 2
"""Times that habits are learned from callers as they were chosen."""
HEAT, COLD = 2.0, 0.1
"""How readily a chain begins with what is less likely: 1 is by its probability. Where there are too
many calls to move them all, it begins with what is likely."""
CHAINS = 4
"""Times that callers are chosen by those habits, each time beginning anew. Where they differ nobody
knows."""
KNOWN = 20
"""Runs of an operation, whose calls are known, from which its habits are learned."""


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
    placements = [
        Placement(outer[0], 1.0, 1) if len(outer) == 1 else Placement() for outer in possible
    ]
    open_calls = [index for index, outer in enumerate(possible) if len(outer) > 1]
    if not open_calls:
        return placements
    order = in_order(records)
    known = _untouched(possible)
    parents = [placement.parent for placement in placements]
    likelihoods = _learn(records, kinds, order, parents, known, known)
    shares: dict[int, Counter[int]] = {index: Counter() for index in open_calls}
    heat = HEAT if has_time(open_calls) else COLD
    for number in range(ROUNDS + CHAINS):
        rng = random.Random(number)
        parents = _one_by_one(records, kinds, order, possible, likelihoods, rng, heat)
        problem = Problem(records, kinds, possible, likelihoods)
        found = sample(problem, parents, open_calls, rng)
        if number < ROUNDS:
            likelihoods = _learn(records, kinds, order, parents, known, range(len(records)))
        else:
            for index, of_chain in found.items():
                shares[index].update(of_chain)
    for index in open_calls:
        parent, times = max(shares[index].items(), key=lambda item: (item[1], -item[0]))
        share = times / shares[index].total()
        placements[index] = Placement(parent, share, len(possible[index]))
    return placements


def _untouched(possible: Sequence[Sequence[int]]) -> list[int]:
    """Return the records of which it is known which calls they made."""
    touched = {outer for parents in possible if len(parents) > 1 for outer in parents}
    return [index for index in range(len(possible)) if index not in touched]


def _learn(
    records: Sequence[Record],
    kinds: Sequence[Operation],
    order: Sequence[int],
    parents: Sequence[int],
    known: Sequence[int],
    guessed: Sequence[int],
) -> dict[Operation, Likelihood]:
    """Return how likely calls are by the habits of the callers whose calls are known; of operations
    of which too few are, by the habits of all, as guessed."""
    calls: dict[int, list[Record]] = defaultdict(list)
    for index in order:
        if parents[index] >= 0:
            calls[parents[index]].append(records[index])
    enough = {kind for kind, number in Counter(kinds[i] for i in known).items() if number >= KNOWN}
    habits: dict[Operation, Habits] = defaultdict(Habits)
    for index in known:
        if kinds[index] in enough:
            habits[kinds[index]].learn(records[index], calls.get(index, []))
    for index in guessed:
        if kinds[index] not in enough:
            habits[kinds[index]].learn(records[index], calls.get(index, []))
    return {kind: Likelihood(habits[kind]) for kind in set(kinds)}


def _one_by_one(
    records: Sequence[Record],
    kinds: Sequence[Operation],
    order: Sequence[int],
    possible: Sequence[Sequence[int]],
    likelihoods: dict[Operation, Likelihood],
    rng: random.Random,
    heat: float,
) -> list[int]:
    """Return a parent for each record, -1 where none is possible. In the order of their starts,
    each goes to one that likely makes its next call just then."""
    parents = [-1] * len(records)
    number = [0] * len(records)
    since = [record.start for record in records]
    for index in order:
        if not possible[index]:
            continue
        start = records[index].start
        likely = [
            likelihoods[kinds[outer]].of_next(start - since[outer], number[outer])
            for outer in possible[index]
        ]
        weights = [math.exp((each - max(likely)) / heat) for each in likely]
        [best] = rng.choices(possible[index], weights)
        parents[index] = best
        end = records[index].end
        since[best] = max(since[best], end) if number[best] else end
        number[best] += 1
    return parents
