"""What orders the calls of a request: all that may hold at first, less what is refuted.

As in *The Mystery Machine: End-to-end performance analysis of large-scale Internet services* (Chow
et al., OSDI 2014): for each two operations that one caller calls, all relations are assumed, and a
single request in which one does not hold refutes it for good. The more requests have been seen, the
fewer relations are left by chance.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import combinations_with_replacement
from typing import NamedTuple

from collector.infer.forest import Forest
from collector.infer.operations import Operation, operation_of
from collector.infer.records import Record

HAPPENS_BEFORE = "happens before"
"""Every call of the one ends before any of the other begins."""
EXCLUSION = "mutual exclusion"
"""No call of the one overlaps any of the other."""
PIPELINE = "pipeline"
"""There are as many of the one as of the other, and the nth of the one ends before the nth of the
other begins."""
MAX_KINDS = 60
"""Operations of one caller that are compared with each other, the first to be seen."""


class Relation(NamedTuple):
    """A hypothesis about two operations that `caller` calls."""

    kind: str
    caller: Operation
    first: Operation
    then: Operation


@dataclass
class Hypotheses:
    """The relations that have been seen to hold, and never not to."""

    examples: dict[Relation, int] = field(default_factory=lambda: defaultdict(int))
    """Requests in which a relation held; of one that does not hold always, those before."""
    refuted: dict[Relation, int] = field(default_factory=dict)
    """By refuted relation, the index of the caller in which it did not hold."""

    def left(self) -> list[tuple[Relation, int]]:
        """Return the relations that are left, with the number of requests that agree."""
        return [(r, number) for r, number in self.examples.items() if r not in self.refuted]

    def strongest(self) -> list[tuple[Relation, int]]:
        """Return those that are left and do not follow from a stronger one: what happens before
        something else excludes it, and is in step with it."""
        left = self.left()
        ordered = {
            (relation.caller, *sorted((relation.first, relation.then)))
            for relation, _ in left
            if relation.kind == HAPPENS_BEFORE
        }
        return [
            (relation, number)
            for relation, number in left
            if relation.kind == HAPPENS_BEFORE
            or (relation.caller, *sorted((relation.first, relation.then))) not in ordered
        ]

    def waits(self, caller: Operation, first: Operation, then: Operation) -> bool:
        """Return whether `then` may have waited for `first`: not everything that would keep the two
        apart is refuted."""
        apart = [Relation(EXCLUSION, caller, min(first, then), max(first, then))]
        if first != then:
            apart.append(Relation(HAPPENS_BEFORE, caller, first, then))
            apart.append(Relation(PIPELINE, caller, first, then))
        return any(relation not in self.refuted for relation in apart)

    def see(self, index: int, caller: Operation, calls: Iterable[tuple[Operation, Record]]) -> None:
        """Take one run of the caller into account: refute whatever does not hold in it."""
        by_kind: dict[Operation, list[Record]] = defaultdict(list)
        for kind, record in calls:
            if kind in by_kind or len(by_kind) < MAX_KINDS:
                by_kind[kind].append(record)
        for one, other in combinations_with_replacement(sorted(by_kind), 2):
            found = _relations(caller, one, other, by_kind[one], by_kind[other])
            for relation, holds in found.items():
                if relation in self.refuted:
                    continue
                if holds:
                    self.examples[relation] += 1
                else:
                    self.refuted[relation] = index


def find_relations(forest: Forest, guessed: Collection[int] = ()) -> Hypotheses:
    """Return which relations between calls are left after all requests have been looked at. A
    request with calls that may be another's refutes nothing: `guessed` are such calls."""
    hypotheses = Hypotheses()
    for index, calls in enumerate(forest.children):
        if calls and not any(call in guessed for call in calls):
            pairs = [(operation_of(forest.records[i]), forest.records[i]) for i in calls]
            hypotheses.see(index, operation_of(forest.records[index]), pairs)
    return hypotheses


def _relations(
    caller: Operation,
    one: Operation,
    other: Operation,
    ones: Sequence[Record],
    others: Sequence[Record],
) -> dict[Relation, bool]:
    """Return which relations hold in one request; nothing about a single call and itself."""
    if one == other:
        return {Relation(EXCLUSION, caller, one, one): _apart(ones)} if len(ones) > 1 else {}
    return {
        Relation(HAPPENS_BEFORE, caller, one, other): _before(ones, others),
        Relation(HAPPENS_BEFORE, caller, other, one): _before(others, ones),
        Relation(PIPELINE, caller, one, other): _in_step(ones, others),
        Relation(PIPELINE, caller, other, one): _in_step(others, ones),
        Relation(EXCLUSION, caller, one, other): _exclude(ones, others),
    }


def _before(ones: Sequence[Record], others: Sequence[Record]) -> bool:
    """Return whether all of the ones have ended when the first of the others begins."""
    slack = max(record.resolution for record in (*ones, *others))
    return max(r.end for r in ones) <= min(r.start for r in others) + slack


def _in_step(ones: Sequence[Record], others: Sequence[Record]) -> bool:
    return len(ones) == len(others) and all(
        one.end <= other.start + max(one.resolution, other.resolution)
        for one, other in zip(ones, others, strict=True)
    )


def _apart(records: Sequence[Record]) -> bool:
    """Return whether none of the records, by start, overlaps another."""
    latest: Record | None = None
    for record in records:
        if latest and record.start < latest.end - max(record.resolution, latest.resolution):
            return False
        latest = record if latest is None or record.end > latest.end else latest
    return True


def _exclude(ones: Sequence[Record], others: Sequence[Record]) -> bool:
    """Return whether none of the ones overlaps any of the others; both are by start."""
    latest: list[Record | None] = [None, None]
    for record, side in sorted(
        [(r, 0) for r in ones] + [(r, 1) for r in others], key=lambda pair: pair[0].start
    ):
        opposite = latest[1 - side]
        if opposite and record.start < opposite.end - max(record.resolution, opposite.resolution):
            return False
        own = latest[side]
        latest[side] = record if own is None or record.end > own.end else own
    return True
