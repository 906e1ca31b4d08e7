"""A Locust file with one visitor, who sends requests to two apps in turns and records the times.

Whatever else the machine does affects both alike. PLAIN_URL and MINE_URL are the apps; OUTPUT is
the file for the times, as JSON: `{"plain": [ms, …], "mine": [ms, …], "failure": ""}`.
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
    """A visitor who asks both apps for a pairing, alternating which comes first."""

    host = APPS["plain"]
    wait_time = constant(0)

    def on_start(self) -> None:
        """Prepare to alternate between the two orders."""
        self.orders = cycle([("plain", "mine"), ("mine", "plain")])

    @task
    def ask_both(self) -> None:
        """Make one request to each app."""
        for name in next(self.orders):
            began = perf_counter()
            answer = self.client.get(APPS[name] + PATH, name=name)
            times[name].append((perf_counter() - began) * 1000)
            if answer.status_code != 200:
                failures.append(f"{name} answered {answer.status_code}: {answer.text}")


@events.test_stop.add_listener
def write(environment: Any, **_: Any) -> None:
    """Write the times to OUTPUT."""
    result = {**times, "failure": next(iter(failures), "")}
    Path(os.environ["OUTPUT"]).write_text(json.dumps(result), "utf-8")
