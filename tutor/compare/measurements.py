"""What was measured of checkpoints in turns, and how many times as good one is as another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

CLEARLY_BETTER = 1.25
"""A smaller ratio may be noise: on a busy machine the same code was up to 1.15 times as fast as
itself."""
CLEARLY_WORSE = 0.8
"""A larger ratio may be noise, as for `CLEARLY_BETTER`."""
NOTICEABLE_S = 0.002
"""A smaller difference in time is not noticeable, whatever the ratio."""


@dataclass(frozen=True)
class Quantity:
    """Something that is measured: the median time of many requests, or a rate. `unit` is `s` (less
    is better) or `/s` (more is better); `short` is the name for a column of a table."""

    name: str
    unit: str = "s"
    short: str = ""


ALONE = Quantity("a pairing, one visitor", short="alone")
CROWDED = Quantity("a pairing, under load")
BURST = Quantity("a pairing, 6 new ones at once", short="6 new")
THROUGHPUT = Quantity("answers per second, under load", "/s", "load")
REVIEWS = Quantity("the reviews of a beer", short="reviews")
FIRST_BYTE = Quantity("the menu's first byte", short="menu, 1st")
LAST_BYTE = Quantity("the menu's last byte")
DECISIVE = (ALONE, BURST, THROUGHPUT, REVIEWS, FIRST_BYTE)
"""The quantities that decide the verdict.

The p50 under load does not: an app that no longer starves some visitors answers more of them, and
then half of them may take longer. Nor does the last byte: a compressed stream may take longer in
total, but nobody waits for all of it.
"""
QUANTITIES = (ALONE, BURST, CROWDED, THROUGHPUT, REVIEWS, FIRST_BYTE, LAST_BYTE)


@dataclass(frozen=True)
class Value:
    """One quantity of one checkpoint: a value for each round, in the order of the rounds."""

    rounds: Sequence[float]

    @property
    def median(self) -> float:
        """The value that is shown."""
        return median(self.rounds)

    @property
    def spread(self) -> tuple[float, float]:
        """The smallest and the largest value."""
        return min(self.rounds), max(self.rounds)


@dataclass(frozen=True)
class Ratio:
    """How many times as good B is as A, round by round, so that noise affects both alike.

    `noticeable` is False if the difference is smaller than `NOTICEABLE_S`.
    """

    rounds: Sequence[float]
    noticeable: bool = True

    @property
    def median(self) -> float:
        """The ratio that is shown."""
        return median(self.rounds)

    @property
    def better(self) -> bool:
        """Whether B is clearly better, in all rounds."""
        return self.noticeable and self.median >= CLEARLY_BETTER and min(self.rounds) > 1

    @property
    def worse(self) -> bool:
        """Whether B is clearly worse, in all rounds."""
        return self.noticeable and self.median <= CLEARLY_WORSE and max(self.rounds) < 1


@dataclass
class Measurements:
    """All measured values, by the version of a checkpoint and the quantity."""

    values: dict[tuple[str, Quantity], list[float]] = field(default_factory=dict)

    def add(self, version: str, quantity: Quantity, value: float) -> None:
        """Add the value of one more round."""
        self.values.setdefault((version, quantity), []).append(value)

    def value(self, version: str, quantity: Quantity) -> Value | None:
        """Return what was measured, or None if nothing was."""
        rounds = self.values.get((version, quantity))
        return Value(rounds) if rounds else None

    def ratio(self, a: str, b: str, quantity: Quantity) -> Ratio | None:
        """Return B against A in the rounds that both have, or None if there is no such round."""
        value_a, value_b = self.value(a, quantity), self.value(b, quantity)
        if not value_a or not value_b:
            return None
        pairs = [(x, y) for x, y in zip(value_a.rounds, value_b.rounds, strict=False) if x and y]
        if not pairs:
            return None
        if quantity.unit == "/s":
            return Ratio([y / x for x, y in pairs])
        noticeable = abs(value_a.median - value_b.median) >= NOTICEABLE_S
        return Ratio([x / y for x, y in pairs], noticeable)
