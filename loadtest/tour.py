"""A Locust file of its own: one visitor who asks several apps for the same things, in turns.

Whatever else the machine does hits all of them alike. `./workshop compare` runs it with

    APPS     {"step-11": "http://127.0.0.1:5001", …}
    OUTPUT   the file for what it measured: [{"app", "what", "round", "first", "last"}, …], seconds
             to the first and to the last byte
    ROUNDS   how often all is asked for, after one round that only warms up
    MARK     the tag `load.mark` of all traces but those
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from locust import HttpUser, constant, events, task
from locust.exception import StopUser

from loadtest import target
from loadtest.session import TracedSession
from tracer import tracer

APPS: dict[str, str] = json.loads(os.environ["APPS"])
ROUNDS = int(os.environ["ROUNDS"])
BEERS = ("stout", "saison", "porter", "gose")
"""None of them is paired with what the app is slow with on purpose."""

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
        self.client = TracedSession(
            base_url=self.host, request_event=environment.events.request, user=self
        )

    @task
    def tour(self) -> None:
        """All rounds; then Locust may end."""
        order = [(app, url) for app, url in APPS.items() if not target.refusal(url)]
        for number in range(ROUNDS + 1):
            for stop in stops():
                for app, url in order:
                    self.ask(number, stop, app, url)
                order.reverse()
            self.tags = {"load.mark": os.environ["MARK"]}
        self.environment.runner.quit()
        raise StopUser

    def ask(self, number: int, stop: Stop, app: str, url: str) -> None:
        """Ask one app for one thing. The round that warms up is number 0, and not kept."""
        answer = self.client.get(url + stop.path, name=stop.what)
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
