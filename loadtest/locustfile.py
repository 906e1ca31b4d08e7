"""What Locust runs: `locust -f loadtest/locustfile.py`, with Locust's own page on :8089, or

    locust -f loadtest/locustfile.py --headless --users 3 --spawn-rate 1 --run-time 20s

It visits the app that WEB_URL names (http://127.0.0.1:5000 unless told) for an hour at most, and
prints requests that were slow or failed, with the addresses of their traces.
"""

from __future__ import annotations

import sys
from typing import Any

from locust import events

from loadtest import report, target
from loadtest.browsers import Browser
from loadtest.pairers import Pairer
from tracer import tracer

__all__ = ["Browser", "Pairer"]

tracer.configure(service="locust")
report.install(events)


@events.init_command_line_parser.add_listener
def add_options(parser: Any) -> None:
    """Add this file's options to Locust's, and bounds to what it does when nothing is said."""
    # At the end everybody may finish what they are at: a request that is cut off is no sample.
    parser.set_defaults(host=target.WEB_URL, run_time="1h", stop_timeout="10s")
    parser.add_argument(
        "--allow-host",
        env_var="ALLOW_HOST",
        default="",
        metavar="NAME",
        help="another machine that may be put under load, besides this one and WEB_URL's",
    )
    parser.add_argument(
        "--slow",
        env_var="SLOW_S",
        type=float,
        default=1.0,
        metavar="SECONDS",
        help="print requests that take longer than this; 1 unless told",
    )


@events.init.add_listener
def refuse_other_peoples_apps(environment: Any, **_: Any) -> None:
    """End with code 2 where the app must not be put under load."""
    options = environment.parsed_options
    if reason := target.refusal(environment.host or "", options.allow_host):
        print(f"loadtest: {reason}", file=sys.stderr)
        sys.exit(2)


@events.quit.add_listener
def deliver_the_last_spans(**_: Any) -> None:
    """Send what the collector has not got yet."""
    tracer.shutdown(timeout=5)
