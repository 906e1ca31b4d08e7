"""Flavour: which donuts are worth tasting with a beer, and how good each one is.

Bitter wants sweet: the closer a donut's sugar to a beer's hops, the better the two go together.
All of it depends on the arguments alone, so that an answer can be proved unchanged by a fix.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, TypeVar
from zlib import crc32

from services.menu import BEERS, DONUTS

MAX_CANDIDATES = 12
"""Donuts worth tasting with one beer."""

HOPS = {beer.name: beer.hops for beer in BEERS}
SUGAR = {donut.name: donut.sugar for donut in DONUTS}


class Sweet(Protocol):
    """A donut, as far as its flavour goes."""

    name: str
    sugar: int


D = TypeVar("D", bound=Sweet)


def candidates(hops: int, donuts: Sequence[D], opinions: Mapping[str, int]) -> list[D]:
    """Return the donuts worth tasting with a beer of that bitterness, the most promising first.

    `opinions` has what the bakers think of each donut today, by its name.
    """

    def promise(donut: D) -> tuple[int, str]:
        return 4 * abs(hops - donut.sugar) - opinions[donut.name], donut.name

    return sorted(donuts, key=promise)[:MAX_CANDIDATES]


def score(beer: str, donut: str) -> float:
    """Return how good the two are together, 0 to 100: two thirds balance, one third taste.

    Raises `KeyError` if the beer or the donut is not on the menu.
    """
    balance = 100 - abs(HOPS[beer] - SUGAR[donut])
    taste = crc32(f"{beer} then {donut}".encode()) % 101
    return round((2 * balance + taste) / 3, 1)


def opinion(donut: str) -> int:
    """Return what the bakers think of a donut, 0 to 100, on the one day of this workshop."""
    return crc32(f"bakers on {donut}".encode()) % 101
