"""The Locust users: who visits the app, what they do there, and how long they pause."""

from __future__ import annotations

import random
import time
from typing import Any, ClassVar
from urllib.parse import quote

from locust import HttpUser, task
from locust.exception import StopTest

from loadtest import target
from loadtest.pace import Pace
from loadtest.traced_session import TracedSession

MAX_USERS = 500
"""Users that one process runs."""


class Visitor(HttpUser):
    """Somebody who looks at the app, and pauses between two requests.

    Raises `StopTest` if the app is not ours to put under load, or if there are too many users.
    """

    abstract = True
    host = target.WEB_URL

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        self.options = options = environment.parsed_options
        if reason := target.refusal(str(self.host), options.allow_host):
            raise StopTest(reason)
        if environment.runner and environment.runner.user_count >= MAX_USERS:
            raise StopTest(f"one process runs at most {MAX_USERS} users")
        self.in_waves = options.shape == "waves"
        self.pace = _pace(options) if options.rate else None
        self.client = TracedSession(
            base_url=self.host,
            request_event=environment.events.request,
            user=self,
            tags=_tags(options),
            pace=self.pace,
        )

    def wait_time(self) -> float:
        """Return the seconds to pause.

        That is until the next request is due (open mode), until the next wave (shape waves), or
        for a thought: the time of `--think`, give or take a half.
        """
        if self.pace:
            return self.pace.seconds_left
        if self.in_waves:
            wave: float = self.options.wave or 1
            return wave - time.time() % wave
        return float(self.options.think) * random.uniform(0.5, 1.5)

    def on_start(self) -> None:
        """Wait for the first request to be due or for the first wave; otherwise start at once."""
        if self.pace or self.in_waves:
            self.wait()

    def on_stop(self) -> None:
        """Report how many requests were due and not made, so that they are counted."""
        if self.pace:
            self.environment.unsent += self.pace.unsent

    def names(self, kind: str) -> list[str]:
        """Return the names of all `beers` or all `donuts`; none if the list cannot be had."""
        response = self.client.get(f"/{kind}", name=f"/{kind}")
        if response.status_code != 200:
            return []
        return [item["name"] for item in response.json()[kind]]

    def sample(self, kind: str) -> list[str]:
        """Return the name of one of the `beers` or `donuts`, alone in a list; an empty list if
        there is none."""
        names = self.names(kind)
        return [random.choice(names)] if names else []


class Pairer(Visitor):
    """Orders a beer, well-known ones more often than others, and asks what goes with it."""

    weight = 4
    beers: ClassVar[dict[str, list[str]]] = {}
    """The names of the beers by the app's address: only the first visitor has to ask."""

    @task
    def pair(self) -> None:
        """Ask for the donut; if visitors come in waves, they all ask for the same beer."""
        beer = self.choice(self.beers.get(self.host) or self.look())
        self.client.get("/pair/beer", params={"name": beer}, name="/pair/beer")

    def look(self) -> list[str]:
        """Return the names of the beers, and remember them for all visitors."""
        if beers := self.names("beers"):
            self.beers[self.host] = beers
        return beers or ["ipa"]

    def choice(self, beers: list[str]) -> str:
        """Return one of the beers; the earlier in the list, the more likely."""
        if self.in_waves:
            return beers[0]
        fame = [1 / place for place in range(1, len(beers) + 1)]
        return random.choices(beers, fame)[0]


class Browser(Visitor):
    """Goes from a list to one of its pages, and sometimes misspells a beer."""

    weight = 2

    @task(4)
    def read_about_a_beer(self) -> None:
        """Go from the list to one of the beers."""
        for beer in self.sample("beers"):
            self.client.get(f"/beers/{quote(beer)}", name="/beers/<name>")

    @task(3)
    def read_about_a_donut(self) -> None:
        """Go from the list to one of the donuts."""
        for donut in self.sample("donuts"):
            self.client.get(f"/donuts/{quote(donut)}", name="/donuts/<name>")

    @task(1)
    def misspell_a_beer(self) -> None:
        """Ask for a beer that does not exist, and expect a 404."""
        self.client.get("/beers/ippa", name="/beers/<name> (unknown)", expect=404)


class Reader(Visitor):
    """Goes from the list of beers to the reviews of one of them."""

    weight = 2

    @task
    def read_reviews(self) -> None:
        """Read what others think of a beer."""
        for beer in self.sample("beers"):
            self.client.get(f"/beers/{quote(beer)}/reviews", name="/beers/<name>/reviews")


class Diner(Visitor):
    """Opens the whole menu."""

    weight = 1

    @task
    def open_the_menu(self) -> None:
        """Open the whole menu."""
        self.client.get("/menu", name="/menu")


def _tags(options: Any) -> dict[str, str]:
    """Return the tags by which a run's traces are found."""
    if options.mark:
        return {"load.mark": options.mark}
    return {"load.run": str(options.run_number)} if options.run_number else {}


def _pace(options: Any) -> Pace:
    """Return one user's pace: an equal share of the rate, with a first request at random."""
    period_s = max(options.peak, 1) / options.rate
    return Pace(period_s, time.monotonic() + random.uniform(0, period_s))
