"""pairers: visitors who want a donut with their beer."""

from __future__ import annotations

import random

from locust import task

from loadtest.visitor import Visitor


class Pairer(Visitor):
    """Orders a beer, the well-known ones more often than the others, and asks what goes with it."""

    weight = 2

    def on_start(self) -> None:
        """See what there is."""
        self.beers = self.names("beers") or ["ipa"]
        self.fame = [1 / place for place in range(1, len(self.beers) + 1)]

    @task
    def pair(self) -> None:
        """Ask for the donut."""
        (beer,) = random.choices(self.beers, self.fame)
        self.client.get("/pair/beer", params={"name": beer}, name="/pair/beer")
