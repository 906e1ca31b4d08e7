"""visitor: a Locust user whose requests are traced from here on."""

from __future__ import annotations

import random
import time
from typing import Any

from locust import HttpUser
from locust.exception import StopTest

from loadtest import target
from loadtest.pace import Pace
from loadtest.traced_session import TracedSession

MOST = 500
"""Visitors that one process imitates at most."""


class Visitor(HttpUser):
    """Somebody who looks at the app, and pauses between two requests.

    Raises `StopTest` where the app is not ours to put under load, or there are too many visitors.
    """

    abstract = True
    host = target.WEB_URL

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        self.options = options = environment.parsed_options
        if reason := target.refusal(str(self.host), options.allow_host):
            raise StopTest(reason)
        if environment.runner and environment.runner.user_count >= MOST:
            raise StopTest(f"{MOST} visitors are the most that one process imitates")
        self.in_waves = options.shape == "waves"
        self.pace = self._pace() if options.rate else None
        self.client = TracedSession(
            base_url=self.host, request_event=environment.events.request, user=self
        )

    def wait_time(self) -> float:
        """Seconds to pause for: until the next request is due (open mode), until everybody comes
        (waves), or a thought, which takes its time give or take a half."""
        if self.pace:
            return self.pace.left
        if self.in_waves:
            wave: float = self.options.wave or 1
            return wave - time.time() % wave
        return float(self.options.think) * random.uniform(0.5, 1.5)

    @property
    def tags(self) -> dict[str, str]:
        """What the traces of its requests are found by."""
        told = self.options
        if told.mark:
            return {"load.mark": told.mark}
        return {"load.run": str(told.run_number)} if told.run_number else {}

    def on_start(self) -> None:
        """Come when it is time; whoever just thinks between requests comes at once."""
        if self.pace or self.in_waves:
            self.wait()

    def on_stop(self) -> None:
        """Tell how many requests were due and not made: they must not be forgotten."""
        if self.pace:
            self.environment.unsent += self.pace.unsent

    def names(self, kind: str) -> list[str]:
        """The names of the `beers` or the `donuts` that there are."""
        answer = self.client.get(f"/{kind}", name=f"/{kind}")
        return [each["name"] for each in answer.json()[kind]] if answer.status_code == 200 else []

    def some(self, kind: str) -> list[str]:
        """One of the beers or donuts that there are; none if the list could not be had."""
        return random.sample(names, 1) if (names := self.names(kind)) else []

    def _pace(self) -> Pace:
        """Requests by the clock: everybody's rate is the same share, and no two begin together."""
        period = max(self.options.peak, 1) / self.options.rate
        return Pace(period, time.monotonic() + random.uniform(0, period))
