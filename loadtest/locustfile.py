"""What Locust runs: `locust -f loadtest/locustfile.py`, with Locust's own page on :8089, or

    locust -f loadtest/locustfile.py --headless --shape steps --users 50 --run-time 60s

It visits the app at WEB_URL (default: http://127.0.0.1:5000) for up to an hour, and prints slow
and failed requests with the addresses of their traces. See docs/load.md.
"""

from __future__ import annotations

import sys
from typing import Any

import gevent
from locust import LoadTestShape, events
from locust.rpc.protocol import Message
from locust.runners import STATE_STOPPING, MasterRunner

from loadtest import console_report, options, shapes, target
from loadtest.allowed_hosts import AllowedHosts
from loadtest.printable import make_logs_printable, printable
from loadtest.run_recorder import Recorder
from loadtest.users import Browser, Diner, Pairer, Reader
from tracer import tracer

__all__ = ["Browser", "Diner", "Pairer", "Reader", "Spike", "Steps", "Waves"]

LAST_COUNTS_S = 5.0
"""Seconds that other processes may take, at the end of a run, to tell what they counted."""

make_logs_printable()
tracer.configure(service="locust", version="")  # the version is for the app's spans
events.init_command_line_parser.add_listener(options.add_to)
console_report.install(events)
recorder = Recorder()
recorder.install(events)


class Shape(LoadTestShape):
    """A shape that lasts for the run time, and then ends the run.

    Locust's page offers the shapes below (`Default` is a constant number of users), and `--shape`
    takes their names.
    """

    abstract = True
    use_common_options = True

    @staticmethod
    def users(users: int, run_time_s: float, elapsed_s: float) -> int:
        """Return how many of `users` are there, `elapsed_s` seconds after the start of the run."""
        raise NotImplementedError

    def tick(self) -> tuple[int, float] | None:
        """Return how many users there should be now, and how many may start per second.

        None ends the run.
        """
        runner: Any = self.runner
        parsed = runner.environment.parsed_options
        users, run_time_s = int(parsed.num_users or 1), float(parsed.run_time)
        elapsed_s = self.get_run_time()
        if elapsed_s >= run_time_s:
            return None
        return self.users(users, run_time_s, elapsed_s), float(users)


class Steps(Shape):
    """More and more users, up to saturation."""

    users = staticmethod(shapes.steps)


class Spike(Shape):
    """Few users, suddenly many, and few again."""

    users = staticmethod(shapes.spike)


class Waves(Shape):
    """All users at once, for the same beer, every few seconds (`--wave`).

    What was cached for less time than that has just expired, so all of them find it gone at the
    same moment.
    """

    users = staticmethod(lambda users, run_time_s, elapsed_s: users)


@events.init.add_listener
def refuse_other_peoples_apps(environment: Any, **_: Any) -> None:
    """Exit with code 2 if the app must not be put under load."""
    allowed = environment.parsed_options.allow_host
    if reason := target.refusal(environment.host or "", allowed):
        print(f"loadtest: {printable(reason)}", file=sys.stderr)
        sys.exit(2)


@events.init.add_listener
def keep_other_peoples_pages_out(web_ui: Any, **_: Any) -> None:
    """Have Locust's page, if there is one, answer for allowed hosts only."""
    if web_ui:
        web_ui.app.wsgi_app = AllowedHosts(web_ui.app.wsgi_app, web_ui.host)


@events.test_stopping.add_listener
def wait_for_the_last_counts(environment: Any, **_: Any) -> None:
    """Have the other processes end, and wait until they have told what they counted.

    Locust gives them half a second for that, but their users first finish their requests. (From its
    page a run is ended in another way: see `Recorder.stop`.)
    """
    runner, parsed = environment.runner, environment.parsed_options
    if not (isinstance(runner, MasterRunner) and parsed.headless):
        return
    runner.update_state(STATE_STOPPING)  # so that the last one's farewell is none of a failed run
    for worker in runner.clients.all:
        runner.server.send_to_client(Message("quit", None, worker.id))
    with gevent.Timeout(LAST_COUNTS_S, False):
        while runner.clients.all:
            gevent.sleep(0.05)


@events.quit.add_listener
def deliver_the_last_spans(**_: Any) -> None:
    """Send the spans that the collector does not have yet."""
    tracer.shutdown(timeout=5)
