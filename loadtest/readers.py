"""readers: visitors who read what others think of a beer."""

from __future__ import annotations

from urllib.parse import quote

from locust import task

from loadtest.visitor import Visitor


class Reader(Visitor):
    """Goes from the list of beers to the reviews of one of them."""

    weight = 2

    @task
    def read_reviews(self) -> None:
        """Read what others think of a beer."""
        for beer in self.some("beers"):
            self.client.get(f"/beers/{quote(beer)}/reviews", name="/beers/<name>/reviews")
