"""What Locust runs: `locust -f loadtest/locustfile.py`, with Locust's own page on :8089, or

    locust -f loadtest/locustfile.py --headless --shape steps --users 50 --run-time 60s

It visits the app that WEB_URL names (http://127.0.0.1:5000 unless told) for an hour at most, and
prints requests that were slow or failed, with the addresses of their traces. See docs/load.md.
"""

from __future__ import annotations

import sys
from typing import Any

from locust import events

from loadtest import options, report, target
from loadtest.browsers import Browser
from loadtest.diners import Diner
from loadtest.pairers import Pairer
from loadtest.readers import Reader
from loadtest.recorder import Recorder
from loadtest.shapes import Spike, Steps, Waves
from tracer import tracer

__all__ = ["Browser", "Diner", "Pairer", "Reader", "Spike", "Steps", "Waves"]

tracer.configure(service="locust", version="")  # the app says which deploy it is
events.init_command_line_parser.add_listener(options.add_to)
report.install(events)
recorder = Recorder()
recorder.install(events)


@events.init.add_listener
def refuse_other_peoples_apps(environment: Any, **_: Any) -> None:
    """End with code 2 where the app must not be put under load."""
    told = environment.parsed_options
    if reason := target.refusal(environment.host or "", told.allow_host):
        print(f"loadtest: {reason}", file=sys.stderr)
        sys.exit(2)


@events.quit.add_listener
def deliver_the_last_spans(**_: Any) -> None:
    """Send what the collector has not got yet."""
    tracer.shutdown(timeout=5)
