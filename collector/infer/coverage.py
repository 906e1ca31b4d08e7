"""How often something lies within something else, and how often it would by chance."""

from __future__ import annotations

import math
import random
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate

from collector.infer.records import Record

_SHIFTS = 3
"""Times that each record is moved, to see what chance would do."""


class Coverage:
    """The times of one service or operation, asked what lies within one of them."""

    def __init__(self, records: Iterable[Record]) -> None:
        ordered = sorted((r.start, r.end, r.resolution) for r in records)
        self._starts = [start for start, _, _ in ordered]
        self._ends = list(accumulate((end for _, end, _ in ordered), max))
        self._slack = 2 * max((slack for _, _, slack in ordered), default=0)
        lengths = [end - start for start, end, _ in ordered]
        self.mean_length = sum(lengths) / max(1, len(lengths))

    def covers(self, record: Record, shift: int = 0) -> bool:
        """Return whether a record, moved by `shift` ns, lies within any of these."""
        slack = max(self._slack, 2 * record.resolution)
        before = bisect_right(self._starts, record.start + shift + slack)
        return before > 0 and self._ends[before - 1] >= record.end + shift - slack

    def share(self, records: Sequence[Record]) -> float:
        """Return the share of the records that lie within one of these."""
        return sum(map(self.covers, records)) / max(1, len(records))

    def chance(self, records: Sequence[Record], seed: int = 1) -> float:
        """Return the share that would do so by coincidence: what is left when each record is moved
        to and fro by two to ten times the mean length of these. Whoever is called from here fits
        only where it is; whoever has nothing to do with it fits elsewhere as often.

        This is Aguilera's convolution (`collector.infer.convolution`), at lags where no cause can
        be."""
        rng = random.Random(seed)
        reach = max(1.0, self.mean_length)
        hits = 0
        for record in records:
            for _ in range(_SHIFTS):
                shift = rng.choice((-1, 1)) * int(rng.uniform(2, 10) * reach)
                hits += self.covers(record, shift)
        return hits / max(1, _SHIFTS * len(records))


def support(share: float, chance: float, number: int) -> float:
    """Return how sure it is, from 0 to 1, that so large a share of so many is no coincidence:
    1 less Chernoff's bound of the probability that chance alone does as well."""
    if share <= chance:
        return 0.0
    chance = max(chance, 1 / (number + 2))
    if share <= chance:
        return 0.0
    distance = share * math.log(share / chance)
    if share < 1:
        distance += (1 - share) * math.log((1 - share) / (1 - chance))
    return 1 - math.exp(-number * distance)
