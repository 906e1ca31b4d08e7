"""What the commands share about the stack: starting it with progress, finding it, showing it."""

from __future__ import annotations

import os
import time
from argparse import ArgumentParser, Namespace

from tutor.errors import NotReadyError
from tutor.supervisor import client, plan
from tutor.supervisor.app import FINISHED, App
from tutor.supervisor.plan import DEFAULT_PORTS
from tutor.supervisor.process import ProcessId
from tutor.supervisor.state import StackState
from tutor.terminal import StatusLine, paint

TITLES = {
    "web": "The app",
    "ui": "Its traces",
    "locust": "The load",
    "collector": "Collector",
}
"""The addresses that a person may want to open, in the order in which they are shown."""


def add_port_arguments(parser: ArgumentParser) -> None:
    """Add `--web-port` and its like."""
    group = parser.add_argument_group("ports (asked for, they are taken or refused)")
    for name, port in DEFAULT_PORTS.items():
        group.add_argument(
            f"--{name}-port", type=int, metavar="N", help=f"else {port} or the next free one"
        )


def asked_ports(arguments: Namespace) -> dict[str, int]:
    """The ports that were asked for by name."""
    asked = {name: getattr(arguments, f"{name}_port") for name in DEFAULT_PORTS}
    return {name: port for name, port in asked.items() if port is not None}


def start_stack(
    ports: dict[str, int],
    load: bool,
    owner: ProcessId | None = None,
    app: App = FINISHED,
) -> StackState:
    """Start the stack, showing progress; `owner` is the process that it must not outlive.

    Raises `NotReadyError` if it does not start.
    """
    began = time.monotonic()
    ports, notes = plan.choose_ports(plan.members(load), ports)
    for note in notes:
        print(f"Note: {note}", flush=True)
    line = StatusLine()
    try:
        running = client.start(plan.services(ports, app=app), owner, line.show, app.name)
    except BaseException:
        line.end()
        raise
    line.end(f"Ready after {time.monotonic() - began:.1f} s.")
    return running


def print_addresses(running: StackState) -> None:
    """Print where to look."""
    for name, title in TITLES.items():
        if url := running.url(name):
            print(f"  {title:<11} {paint(url, 'cyan')}")


def address(name: str) -> str:
    """Where `name` answers: as the running stack says, else the environment, else its usual port
    (a stack in Docker is found so)."""
    running = client.current()
    url = running.url(name) if running else None
    usual = f"http://127.0.0.1:{DEFAULT_PORTS[name]}"
    return url or os.environ.get(f"{name.upper()}_URL") or usual


def not_running(problem: NotReadyError) -> NotReadyError:
    """`problem`, with the cure if it is that nothing was started."""
    if client.current():
        return problem
    return NotReadyError(f"{problem}\n  The stack is not running. Start it: ./workshop up")
