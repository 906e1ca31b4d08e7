"""A Locust file of its own: one user who sends several apps the same requests, in turns.

Whatever else the machine does affects all of them alike. `./workshop compare` runs it with

    APPS     {"step-11": "http://127.0.0.1:5001", …}
    OUTPUT   the file for the measurements: [{"app", "what", "round", "first", "last"}, …], seconds
             to the first and to the last byte
    ROUNDS   number of rounds with every request, after one round that only warms up
    MARK     the beginning of the tag `load.mark`: `…-alone` for requests sent one by one,
             `…-burst` for pairings of new beers that are requested all at once
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import gevent
from locust import HttpUser, constant, events, task
from locust.exception import StopUser

from loadtest import target
from loadtest.traced_session import TracedSession
from tracer import tracer

APPS: dict[str, str] = json.loads(os.environ["APPS"])
ROUNDS = int(os.environ["ROUNDS"])
MARK = os.environ["MARK"]
BEERS = ("stout", "saison", "porter", "gose")
"""Beers of the requests sent one by one. None is paired with the donut that is slow on purpose."""
BURST_SIZE = 6
"""Pairings requested at once, of beers that nobody has asked for before."""
MAX_BURSTS = 4
NOT_IN_BURSTS = ("barleywine", *BEERS)
WARM_UP_TAGS = {"load.mark": "warm-up"}

AppOrder = list[tuple[str, str]]
"""The apps with their addresses, in the order in which they are measured."""

tracer.configure(service="locust", version="")
measurements: list[dict[str, Any]] = []


class Request(NamedTuple):
    """A request to measure: what it counts as, and its path."""

    what: str
    path: str


def requests_of_a_round() -> Iterator[Request]:
    """Yield the requests of one round."""
    for beer in BEERS:
        yield Request("/pair/beer", f"/pair/beer?name={quote(beer)}")
        yield Request("/beers/<name>/reviews", f"/beers/{quote(beer)}/reviews")
    yield Request("/menu", "/menu")


class ComparingUser(HttpUser):
    """Sends each request to every app before it goes on; the apps take turns at being first."""

    host = next(iter(APPS.values()))
    wait_time = constant(0)

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        self.client = self.new_session(WARM_UP_TAGS)

    def new_session(self, tags: dict[str, str]) -> TracedSession:
        """Return a session with its own connections."""
        events = self.environment.events
        return TracedSession(base_url=self.host, request_event=events.request, user=self, tags=tags)

    @task
    def compare(self) -> None:
        """Measure everything, and then end Locust."""
        order = [(app, url) for app, url in APPS.items() if not target.refusal(url)]
        self.measure_bursts(order)
        self.measure_one_by_one(order)
        self.environment.runner.quit()
        raise StopUser

    def measure_bursts(self, order: AppOrder) -> None:
        """Request pairings in bursts; no app can have any of them in its cache."""
        names: list[str] = []
        for _, url in order:  # this also makes the apps' first connections
            beers = self.client.get(f"{url}/beers", name="/beers").json()["beers"]
            names = [beer["name"] for beer in beers]
        new_beers = [name for name in names if name not in NOT_IN_BURSTS]
        for number in range(1, min(ROUNDS, MAX_BURSTS) + 1):
            burst_beers, new_beers = new_beers[:BURST_SIZE], new_beers[BURST_SIZE:]
            for app, url in order:
                self.burst(number, burst_beers, app, url)
            order.reverse()

    def measure_one_by_one(self, order: AppOrder) -> None:
        """Send rounds of all requests, the first of which only warms up."""
        self.client.tags = WARM_UP_TAGS
        for number in range(ROUNDS + 1):
            for request in requests_of_a_round():
                for app, url in order:
                    self.measure(number, request, app, url, self.client)
                order.reverse()
            self.client.tags = {"load.mark": f"{MARK}-alone"}

    def burst(self, number: int, beers: Sequence[str], app: str, url: str) -> None:
        """Request several pairings from one app at the same time."""
        tags = {"load.mark": f"{MARK}-burst"}
        requests = [Request("burst", f"/pair/beer?name={quote(beer)}") for beer in beers]
        greenlets = [
            gevent.spawn(self.measure, number, request, app, url, self.new_session(tags))
            for request in requests
        ]
        gevent.joinall(greenlets, raise_error=True)

    def measure(
        self, number: int, request: Request, app: str, url: str, session: TracedSession
    ) -> None:
        """Send one request to one app. Round number 0 only warms up and is not kept."""
        name = "/pair/beer" if request.what == "burst" else request.what
        response = session.get(url + request.path, name=name)
        if number and response.status_code == 200:
            meta: Any = response.request_meta
            last_s = meta["response_time"] / 1000
            first_s = response.elapsed.total_seconds()
            measurements.append(
                {
                    "app": app,
                    "what": request.what,
                    "round": number,
                    "first": first_s,
                    "last": last_s,
                }
            )


@events.quit.add_listener
def write(**_: Any) -> None:
    """Write the measurements, and send the last spans."""
    Path(os.environ["OUTPUT"]).write_text(json.dumps(measurements), "utf-8")
    tracer.shutdown(timeout=5)
