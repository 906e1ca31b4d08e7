"""How a caller goes about its calls: how soon it makes the next, how many, and whether at once.

These are learned from the calls that can only have one caller, and tell the possible callers of the
others apart.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

_PRIOR_NS = 50_000
"""Gaps are at least about this long, until some have been seen."""
_MIN_SEEN = 8
"""Calls from which on what has been seen counts for more than what is usual."""
_UNSEEN = 0.5
"""Calls added to each kind of gap, so that nothing is impossible because it was never seen."""


@dataclass
class Habits:
    """The habits of one operation that calls another."""

    gaps: dict[tuple[bool, int], float] = field(default_factory=lambda: defaultdict(float))
    """Calls by whether another came before, and by the bits of the gap before them in ns."""
    seen: dict[bool, float] = field(default_factory=lambda: defaultdict(float))
    overlapping: float = 0.0
    """Calls that began while the one before was running."""
    following: float = 0.0
    """Calls with another before them."""
    reached: dict[int, float] = field(default_factory=lambda: defaultdict(float))
    """Callers by how many calls they made: at least 0, at least 1, and so on."""

    def learn(self, gap: int, is_first: bool, weight: float = 1.0) -> None:
        """Take into account a call that began `gap` ns after its caller did, or after the call
        before it had ended; negative if that was still running."""
        if not is_first:
            self.following += weight
            if gap < 0:
                self.overlapping += weight
                return
        self.gaps[is_first, max(0, gap).bit_length()] += weight
        self.seen[is_first] += weight

    def learn_number(self, calls: int) -> None:
        """Take into account a caller that made so many calls."""
        for number in range(calls + 1):
            self.reached[number] += 1

    def likelihood(self, gap: int, calls_before: int) -> float:
        """Return how likely it is, compared with others, that this caller makes its next call after
        such a gap."""
        is_first = calls_before == 0
        likely = self._of_another(calls_before)
        if not is_first:
            overlap = (self.overlapping + _UNSEEN / 2) / (self.following + _UNSEEN * 2)
            if gap < 0:
                return likely * overlap / 1e9  # any moment of a second
            likely *= 1 - overlap
        return likely * self._density(max(0, gap), is_first)

    def _density(self, gap: int, is_first: bool) -> float:
        """Return the density of a gap, for each ns."""
        usual = _PRIOR_NS / (gap + _PRIOR_NS) ** 2
        seen = self.seen.get(is_first, 0.0)
        if seen < _MIN_SEEN:
            return usual
        bits = gap.bit_length()
        width = max(1, 1 << max(0, bits - 1))
        return (self.gaps.get((is_first, bits), 0.0) / width + _UNSEEN * usual) / (seen + _UNSEEN)

    def _of_another(self, calls_before: int) -> float:
        """Return how likely a caller makes another call after so many."""
        callers = self.reached.get(calls_before, 0.0)
        if self.reached.get(0, 0.0) < _MIN_SEEN:
            return 1.0
        return (self.reached.get(calls_before + 1, 0.0) + _UNSEEN / 10) / (callers + _UNSEEN)
