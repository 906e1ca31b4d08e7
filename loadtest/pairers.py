"""pairers: visitors who want a donut with their beer."""

from __future__ import annotations

import random
from typing import ClassVar

from locust import task

from loadtest.visitor import Visitor


class Pairer(Visitor):
    """Orders a beer, the well-known ones more often than the others, and asks what goes with it."""

    weight = 4
    beers: ClassVar[dict[str, list[str]]] = {}
    """What there is, by the app's address: who comes later has heard of it."""

    @task
    def pair(self) -> None:
        """Ask for the donut; where visitors come in waves they all want the same one."""
        beer = self.choice(self.beers.get(self.host) or self.look())
        self.client.get("/pair/beer", params={"name": beer}, name="/pair/beer")

    def look(self) -> list[str]:
        """See what there is."""
        if beers := self.names("beers"):
            self.beers[self.host] = beers
        return beers or ["ipa"]

    def choice(self, beers: list[str]) -> str:
        """One of the beers, the most famous one first."""
        if self.in_waves:
            return beers[0]
        fame = [1 / place for place in range(1, len(beers) + 1)]
        return random.choices(beers, fame)[0]
