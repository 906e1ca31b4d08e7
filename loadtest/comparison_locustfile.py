"""A Locust file of its own: one visitor who asks several apps for the same things, in turns.

Whatever else the machine does hits all of them alike. `./workshop compare` runs it with

    APPS     {"step-11": "http://127.0.0.1:5001", …}
    OUTPUT   the file for what it measured: [{"app", "what", "round", "first", "last"}, …], seconds
             to the first and to the last byte
    ROUNDS   how often all is asked for, after one round that only warms up
    MARK     the beginning of the tag `load.mark`: `…-alone` of what it asks for one by one,
             `…-burst` of the pairings that it asks for at once, before anybody has
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
"""None of them is paired with what the app is slow with on purpose."""
BURST = 6
"""Pairings that are asked for at once, of beers that nobody has asked for before."""
MOST_BURSTS = 4
AVOIDED = ("barleywine", *BEERS)

Order = list[tuple[str, str]]
"""The apps and their addresses, in the order in which they are asked."""

tracer.configure(service="locust", version="")
found: list[dict[str, Any]] = []


class Stop(NamedTuple):
    """Something that is asked for: as what it counts, and its path."""

    what: str
    path: str


def stops() -> Iterator[Stop]:
    """What is asked for in one round."""
    for beer in BEERS:
        yield Stop("/pair/beer", f"/pair/beer?name={quote(beer)}")
        yield Stop("/beers/<name>/reviews", f"/beers/{quote(beer)}/reviews")
    yield Stop("/menu", "/menu")


class Tourist(HttpUser):
    """Asks every app for one thing before it asks for the next; who comes first takes turns."""

    host = next(iter(APPS.values()))
    wait_time = constant(0)
    pace = None

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        self.tags = {"load.mark": "warm-up"}
        self.client = self.session()

    def session(self) -> TracedSession:
        """A visitor's own connections."""
        return TracedSession(
            base_url=self.host, request_event=self.environment.events.request, user=self
        )

    @task
    def tour(self) -> None:
        """All that is measured; then Locust may end."""
        order = [(app, url) for app, url in APPS.items() if not target.refusal(url)]
        self.ask_at_once(order)
        self.ask_one_by_one(order)
        self.environment.runner.quit()
        raise StopUser

    def ask_at_once(self, order: Order) -> None:
        """Bursts of pairings that no app can have kept."""
        beers: list[str] = []
        for _, url in order:  # this also makes the apps' first connections
            beers = [
                each["name"]
                for each in self.client.get(f"{url}/beers", name="/beers").json()["beers"]
            ]
        unknown = [beer for beer in beers if beer not in AVOIDED]
        self.tags = {"load.mark": f"{MARK}-burst"}
        for number in range(1, min(ROUNDS, MOST_BURSTS) + 1):
            crowd, unknown = unknown[:BURST], unknown[BURST:]
            for app, url in order:
                self.burst(number, crowd, app, url)
            order.reverse()

    def ask_one_by_one(self, order: Order) -> None:
        """Rounds of everything, the first of which only warms up."""
        self.tags = {"load.mark": "warm-up"}
        for number in range(ROUNDS + 1):
            for stop in stops():
                for app, url in order:
                    self.ask(number, stop, app, url, self.client)
                order.reverse()
            self.tags = {"load.mark": f"{MARK}-alone"}

    def burst(self, number: int, beers: Sequence[str], app: str, url: str) -> None:
        """Ask one app for several pairings at the same time."""
        stops = [Stop("burst", f"/pair/beer?name={quote(beer)}") for beer in beers]
        asked = [gevent.spawn(self.ask, number, stop, app, url, self.session()) for stop in stops]
        gevent.joinall(asked, raise_error=True)

    def ask(self, number: int, stop: Stop, app: str, url: str, session: TracedSession) -> None:
        """Ask one app for one thing. The round that warms up is number 0, and not kept."""
        name = "/pair/beer" if stop.what == "burst" else stop.what
        answer = session.get(url + stop.path, name=name)
        if number and answer.status_code == 200:
            meta: Any = answer.request_meta
            last, first = meta["response_time"] / 1000, answer.elapsed.total_seconds()
            found.append(
                {"app": app, "what": stop.what, "round": number, "first": first, "last": last}
            )


@events.quit.add_listener
def write(**_: Any) -> None:
    """Write down what was measured, and send the last spans."""
    Path(os.environ["OUTPUT"]).write_text(json.dumps(found), "utf-8")
    tracer.shutdown(timeout=5)
