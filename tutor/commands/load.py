"""Put the app under load with Locust, for a limited time, and print what it measured.

examples:
  ./workshop load
  ./workshop load --users 50 --run-time 60s
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace

from tutor import http, program
from tutor.durations import run_time
from tutor.errors import Exit, NotReadyError
from tutor.stack import address, not_running
from tutor.terminal import paint

MOST_USERS = 500


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--users", type=users, default=10, metavar="N", help="10 unless told")
    parser.add_argument(
        "--run-time", type=run_time, default=30.0, metavar="TIME", help="30s unless told"
    )


def users(text: str) -> int:
    """A number of users that one machine can imitate."""
    if not text.isdecimal() or not 1 <= int(text) <= MOST_USERS:
        raise ArgumentTypeError(f"{text!r} is not a number of users from 1 to {MOST_USERS}")
    return int(text)


def run(arguments: Namespace) -> int:
    web = address("web")
    try:
        http.get(f"{web}/ping")
    except NotReadyError as problem:
        raise not_running(problem) from None
    print(f"{arguments.users} users against {web} for {arguments.run_time:.0f} s …", flush=True)
    command = [sys.executable, "-m", "locust", "-f", "loadtest/locustfile.py", "--headless"]
    command += ["--host", web, "--only-summary", "--exit-code-on-error", "0"]
    command += ["--users", str(arguments.users), "--spawn-rate", str(arguments.users)]
    command += ["--run-time", f"{arguments.run_time:.0f}s"]
    ui = address("ui")
    addresses = {"WEB_URL": web, "UI_URL": ui, "COLLECTOR_URL": address("collector")}
    code = program.run(command, addresses)
    print(f"The traces: {paint(ui, 'cyan')}")
    return Exit.GOOD if code == 0 else Exit.CHECK_FAILED
