"""browsers: visitors who look around."""

from __future__ import annotations

from urllib.parse import quote

from locust import task

from loadtest.visitor import Visitor


class Browser(Visitor):
    """Goes from a list to one of its pages, and misspells a beer sometimes."""

    weight = 2

    @task(4)
    def read_about_a_beer(self) -> None:
        """Go from the list to one of the beers."""
        for beer in self.some("beers"):
            self.client.get(f"/beers/{quote(beer)}", name="/beers/<name>")

    @task(3)
    def read_about_a_donut(self) -> None:
        """Go from the list to one of the donuts."""
        for donut in self.some("donuts"):
            self.client.get(f"/donuts/{quote(donut)}", name="/donuts/<name>")

    @task(1)
    def misspell_a_beer(self) -> None:
        """Ask for a beer that does not exist, and be told so."""
        self.client.get("/beers/ippa", name="/beers/<name> (unknown)", expect=404)
