"""browsers: visitors who look around."""

from __future__ import annotations

import random
from urllib.parse import quote

from locust import task

from loadtest.visitor import Visitor


class Browser(Visitor):
    """Reads lists and pages, opens the big menu now and then, and misspells a beer sometimes."""

    weight = 1

    @task(4)
    def read_about_a_beer(self) -> None:
        """Go from the list to one of the beers, and perhaps on to its reviews."""
        for beer in self.some("beers"):
            self.client.get(f"/beers/{quote(beer)}", name="/beers/<name>")
            if random.random() < 0.5:
                self.client.get(f"/beers/{quote(beer)}/reviews", name="/beers/<name>/reviews")

    @task(3)
    def read_about_a_donut(self) -> None:
        """Go from the list to one of the donuts."""
        for donut in self.some("donuts"):
            self.client.get(f"/donuts/{quote(donut)}", name="/donuts/<name>")

    @task(1)
    def open_the_menu(self) -> None:
        """Open the whole menu."""
        self.client.get("/menu", name="/menu")

    @task(1)
    def misspell_a_beer(self) -> None:
        """Ask for a beer that does not exist, and be told so."""
        self.client.get("/beers/ippa", name="/beers/<name> (unknown)", expect=404)

    def some(self, kind: str) -> list[str]:
        """One of the beers or donuts that there are; none if the list could not be had."""
        return random.sample(names, 1) if (names := self.names(kind)) else []
