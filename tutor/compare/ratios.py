"""What was measured of checkpoints in turns, and how many times as fast one is as another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

CLEAR = 1.25
"""Less than so many times as fast may be the machine's doing: on a busy one the same code was up to
1.15 times as fast as itself."""
CLEARLY_SLOWER = 0.8
"""The same the other way round."""
NOTICED_S = 0.002
"""Nor is a difference in time of less than this."""


@dataclass(frozen=True)
class Quantity:
    """Something that was measured. Its unit is `s`, of which less is better, or `/s`. The `short`
    name is for a column of a table."""

    name: str
    unit: str = "s"
    short: str = ""


ALONE = Quantity("/pair/beer, one visitor: p50", short="alone")
CROWDED = Quantity("/pair/beer, under load: p50")
BURST = Quantity("/pair/beer, 6 new ones at once: p50", short="6 new")
THROUGHPUT = Quantity("answers a second, under load", "/s", "load")
REVIEWS = Quantity("/beers/<name>/reviews: p50", short="reviews")
FIRST_BYTE = Quantity("/menu: first byte", short="menu, 1st")
LAST_BYTE = Quantity("/menu: last byte")
JUDGED = (ALONE, BURST, THROUGHPUT, REVIEWS, FIRST_BYTE)
"""What decides. Not the p50 of those who ask without a pause: an app that no longer lets some wait
for ever answers more of them, and then half of them may take longer. Nor the last byte: what comes
piece by piece, and compressed, may take longer in all, but nobody waits for all of it."""
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
        """The least and the largest."""
        return min(self.rounds), max(self.rounds)


@dataclass(frozen=True)
class Ratio:
    """How many times as good B is as A: round by round, so that noise hits both."""

    rounds: Sequence[float]
    noticeable: bool = True

    @property
    def median(self) -> float:
        """The ratio that is shown."""
        return median(self.rounds)

    @property
    def better(self) -> bool:
        """Whether B is clearly better, in all rounds."""
        return self.noticeable and self.median >= CLEAR and min(self.rounds) > 1

    @property
    def worse(self) -> bool:
        """Whether B is clearly worse, in all rounds."""
        return self.noticeable and self.median <= CLEARLY_SLOWER and max(self.rounds) < 1


@dataclass
class Measured:
    """All values, by the version of a checkpoint and the quantity."""

    values: dict[tuple[str, Quantity], list[float]] = field(default_factory=dict)

    def add(self, version: str, quantity: Quantity, value: float) -> None:
        """Note the value of one more round."""
        self.values.setdefault((version, quantity), []).append(value)

    def value(self, version: str, quantity: Quantity) -> Value | None:
        """What was measured; None if nothing was."""
        rounds = self.values.get((version, quantity))
        return Value(rounds) if rounds else None

    def ratio(self, a: str, b: str, quantity: Quantity) -> Ratio | None:
        """B against A, in the rounds that both have; None if there is no such round."""
        of_a, of_b = self.value(a, quantity), self.value(b, quantity)
        if not of_a or not of_b:
            return None
        pairs = [(x, y) for x, y in zip(of_a.rounds, of_b.rounds, strict=False) if x and y]
        if not pairs:
            return None
        if quantity.unit == "/s":
            return Ratio([y / x for x, y in pairs])
        noticeable = abs(of_a.median - of_b.median) >= NOTICED_S
        return Ratio([x / y for x, y in pairs], noticeable)
