"""How a caller goes about its calls: how soon it makes the next, how many, and whether at once.

These habits are learned from calls whose caller is known, and tell the possible callers of all
others apart.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from collector.infer.operations import Operation
from collector.infer.records import Record

FIRST, NEXT, LAST = range(3)
"""Gaps: from the caller's start to its first call, from call to call, and from the last to its
end."""
_USUAL_NS = 200_000
"""Gaps are about this long, until some have been seen."""
_SEEN_ENOUGH = 8
_UNSEEN = 0.5
"""Observations of what was never seen, so that nothing is impossible because of that."""
_MAX_BITS = 128
"""Length of the longest gap between moments that a log can have, and far more."""


@dataclass
class Habits:
    """The habits of one operation that calls others."""

    gaps: dict[tuple[int, int], float] = field(default_factory=lambda: defaultdict(float))
    """Gaps by kind and by the bits of their length in ns."""
    seen: list[float] = field(default_factory=lambda: [0.0, 0.0, 0.0])
    """Gaps of each kind."""
    overlapping: float = 0.0
    """Calls that began while the one before was running."""
    reached: dict[int, float] = field(default_factory=lambda: defaultdict(float))
    """Callers by how many calls they made: at least 0, at least 1, and so on."""

    def learn(self, caller: Record, calls: Sequence[Record]) -> None:
        """Take into account one caller and its calls, by start."""
        for kind, gap in gaps_of(caller, calls):
            if gap < 0 and kind == NEXT:
                self.overlapping += 1
            else:
                self.gaps[kind, max(0, gap).bit_length()] += 1
                self.seen[kind] += 1
        for number in range(len(calls) + 1):
            self.reached[number] += 1


class Likelihood:
    """How likely the calls of one operation are, by its habits as they were when this was made."""

    def __init__(self, habits: Habits) -> None:
        self._gap = [
            [math.log(_density(habits, kind, bits)) for bits in range(_MAX_BITS + 1)]
            for kind in (FIRST, NEXT, LAST)
        ]
        following = habits.seen[NEXT] + habits.overlapping
        overlap = (habits.overlapping + _UNSEEN / 2) / (following + 2 * _UNSEEN)
        self._overlap = math.log(overlap / 1e9)  # at any moment of a second
        self._in_order = math.log(1 - overlap)
        self._reached = dict(habits.reached)
        self._knows_number = habits.reached.get(0, 0.0) >= _SEEN_ENOUGH

    def of(self, caller: Record, calls: Sequence[Record]) -> float:
        """Return the logarithm of the likelihood that a caller makes just these calls, by start. It
        is asked a million times, and does the same as `gaps_of`, only sooner."""
        total = self._number(len(calls))
        if not calls:
            return total
        of_gap, since = self._gap[FIRST], caller.start
        for call in calls:
            gap = call.start - since
            if of_gap is not self._gap[FIRST]:
                if gap < 0:
                    total += self._overlap
                    since = max(since, call.end)
                    continue
                total += self._in_order
            total += of_gap[gap.bit_length() if gap > 0 else 0]
            of_gap, since = self._gap[NEXT], call.end
        gap = caller.end - since
        return total + self._gap[LAST][gap.bit_length() if gap > 0 else 0]

    def of_next(self, gap: int, calls_before: int) -> float:
        """Return the same of the next call only, so long after the one before or the start."""
        another = self._another(calls_before) if self._knows_number else 0.0
        if not calls_before:
            return another + self._gap[FIRST][max(0, gap).bit_length()]
        if gap < 0:
            return another + self._overlap
        return another + self._in_order + self._gap[NEXT][gap.bit_length()]

    def _number(self, calls: int) -> float:
        if not self._knows_number:
            return 0.0
        more = self._reached.get(calls + 1, 0.0)
        stopped = self._reached.get(calls, 0.0) - more
        everything = self._reached.get(0, 0.0)
        return math.log((max(0.0, stopped) + _UNSEEN / 10) / (everything + _UNSEEN))

    def _another(self, calls: int) -> float:
        callers = self._reached.get(calls, 0.0)
        more = self._reached.get(calls + 1, 0.0)
        return math.log((more + _UNSEEN / 10) / (callers + _UNSEEN))


def gaps_of(caller: Record, calls: Iterable[Record]) -> Iterable[tuple[int, int]]:
    """Yield the kind and the ns of each gap of a caller with calls, given by start; negative where
    a call began while the one before was running."""
    kind, since = FIRST, caller.start
    for call in calls:
        yield kind, call.start - since
        kind, since = NEXT, call.end if kind == FIRST else max(since, call.end)
    if kind == NEXT:
        yield LAST, caller.end - since


def _density(habits: Habits, kind: int, bits: int) -> float:
    """Return the density of gaps of so many bits, for each ns."""
    shortest = 1 << (bits - 1) if bits else 0
    usual = _USUAL_NS / (shortest + _USUAL_NS) ** 2
    if habits.seen[kind] < _SEEN_ENOUGH:
        return usual
    around = (bits - 1, bits, bits + 1)
    smooth = sum(
        share * habits.gaps.get((kind, near), 0.0) / max(1, 1 << max(0, near - 1))
        for near, share in zip(around, (0.1, 0.8, 0.1), strict=True)
    )
    return (smooth + _UNSEEN * usual) / (habits.seen[kind] + _UNSEEN)


HabitsBy = dict[Operation, Habits]
"""Habits by the operation that calls."""
