"""A Locust file: one visitor who asks two apps in turns, and writes down how long each took.

Whatever else the machine does hits both alike. PLAIN_URL and MINE_URL are the apps; OUTPUT is the
file for the times, as JSON: `{"plain": [ms, …], "mine": [ms, …], "failure": ""}`.
"""

from __future__ import annotations

import json
import os
from itertools import cycle
from pathlib import Path
from time import perf_counter
from typing import Any

from locust import FastHttpUser, constant, events, task

APPS = {"plain": os.environ["PLAIN_URL"], "mine": os.environ["MINE_URL"]}
PATH = "/pair/beer?name=ipa"

times: dict[str, list[float]] = {name: [] for name in APPS}
failures: list[str] = []


class Visitor(FastHttpUser):
    """Asks both apps for a pairing, each of them first every other time."""

    host = APPS["plain"]
    wait_time = constant(0)

    def on_start(self) -> None:
        """Begin with either order."""
        self.orders = cycle([("plain", "mine"), ("mine", "plain")])

    @task
    def both(self) -> None:
        """One request to each app."""
        for name in next(self.orders):
            began = perf_counter()
            answer = self.client.get(APPS[name] + PATH, name=name)
            times[name].append((perf_counter() - began) * 1000)
            if answer.status_code != 200:
                failures.append(f"{name} answered {answer.status_code}: {answer.text}")


@events.test_stop.add_listener
def write(environment: Any, **_: Any) -> None:
    """Write the times down."""
    result = {**times, "failure": next(iter(failures), "")}
    Path(os.environ["OUTPUT"]).write_text(json.dumps(result), "utf-8")
