"""How a sample is drawn: what is kept for certain, and what by chance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import log, log1p
from random import Random
from typing import NamedTuple

from collector.laboratory.population import Drawn


class Lot(NamedTuple):
    """Traces of which each is kept with the same probability, whatever becomes of the others."""

    rate: float
    indexes: Sequence[int]


class Plan(NamedTuple):
    """A way to sample a population."""

    certain: Sequence[Drawn]
    """What is kept each time."""
    lots: Sequence[Lot]
    """What is drawn anew each time."""

    @property
    def expected_traces(self) -> float:
        """How many traces it keeps on average."""
        return len(self.certain) + sum(lot.rate * len(lot.indexes) for lot in self.lots)

    def draw(self, random: Random) -> list[Drawn]:
        """Return a sample."""
        sample = list(self.certain)
        for lot in self.lots:
            places = chosen(len(lot.indexes), lot.rate, random)
            sample += [Drawn(lot.indexes[place], 1 / lot.rate) for place in places]
        return sample


def head_plan(traces: int, rate: float) -> Plan:
    """Return how a head samples so many traces: all alike."""
    return Plan([], [Lot(rate, range(traces))])


def chosen(count: int, rate: float, random: Random) -> Iterator[int]:
    """Yield those of the numbers below `count` that chance keeps, each with probability `rate`.

    The distances between them are drawn, which are geometrically distributed: that takes as many
    steps as there are numbers to keep.
    """
    if rate >= 1:
        yield from range(count)
    elif rate > 0:
        number = -1
        while True:
            distance = log(1 - random.random()) / log1p(-rate)
            if number + 1 + distance >= count:  # which may be infinite
                return
            number += 1 + int(distance)
            yield number
