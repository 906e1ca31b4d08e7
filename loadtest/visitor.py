"""visitor: a Locust user whose requests are traced from here on."""

from __future__ import annotations

from typing import Any

from locust import HttpUser, between
from locust.exception import StopTest

from loadtest import target
from loadtest.session import TracedSession

MOST = 500
"""Visitors that one process imitates at most."""


class Visitor(HttpUser):
    """Somebody who looks at the app and thinks for some seconds between two requests.

    Raises `StopTest` where the app is not ours to put under load, or there are too many visitors.
    """

    abstract = True
    host = target.WEB_URL
    wait_time = between(1, 3)

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        options = environment.parsed_options
        if reason := target.refusal(str(self.host), options.allow_host if options else ""):
            raise StopTest(reason)
        if environment.runner and environment.runner.user_count >= MOST:
            raise StopTest(f"{MOST} visitors are the most that one process imitates")
        self.client = TracedSession(
            base_url=self.host, request_event=environment.events.request, user=self
        )

    def names(self, kind: str) -> list[str]:
        """The names of the `beers` or the `donuts` that there are."""
        answer = self.client.get(f"/{kind}", name=f"/{kind}")
        return [each["name"] for each in answer.json()[kind]] if answer.status_code == 200 else []
