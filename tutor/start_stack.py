"""Starting the stack from a command: which ports to use, progress, and the addresses at the end."""

from __future__ import annotations

import time
from argparse import ArgumentParser, Namespace

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
"""The processes whose addresses a person may want to open, in the order in which to show them."""


def add_port_arguments(parser: ArgumentParser) -> None:
    """Add `--web-port` and its like."""
    group = parser.add_argument_group(
        "ports", "If you ask for a port, that port is used or the command fails."
    )
    for name, port in DEFAULT_PORTS.items():
        group.add_argument(
            f"--{name}-port",
            type=int,
            metavar="N",
            help=f"(default: {port} or the next free one)",
        )


def requested_ports(arguments: Namespace) -> dict[str, int]:
    """Return the ports that were asked for, by process name."""
    ports = {name: getattr(arguments, f"{name}_port") for name in DEFAULT_PORTS}
    return {name: port for name, port in ports.items() if port is not None}


def start_stack(
    ports: dict[str, int],
    load: bool,
    owner: ProcessId | None = None,
    app: App = FINISHED,
    *,
    open_ports: bool = False,
    forward: str = "",
    collector: bool = True,
) -> StackState:
    """Start the stack, showing progress.

    `ports` are the ones asked for, `load` adds Locust, `owner` is the process that the stack must
    not outlive, `open_ports` has the collector listen on the ports of other clients, `forward` is
    where it sends on what it stores; without `collector` there is none, and no UI. What a killed
    supervisor has left is stopped first, since it would keep the ports.
    Raises `NotReadyError` if it does not start.
    """
    began = time.monotonic()
    if stopping := client.current():
        client.stop(stopping)  # wait for its end
    if left := client.abandoned():
        names = ", ".join(member.name for member in left.survivors())
        print(f"Note: the supervisor was gone; stopping what it had left running: {names}")
        client.stop(left)
    members_to_start = plan.members(load) if collector else plan.members(load, collector=False)
    ports, notes = plan.choose_ports(members_to_start, ports)
    for note in notes:
        print(f"Note: {note}", flush=True)
    line = StatusLine()
    try:
        members = plan.services(ports, app=app, open_ports=open_ports, forward=forward)
        stack = client.start(members, owner, line.show, app.name)
    except BaseException:
        line.end()
        raise
    line.end(f"Ready after {time.monotonic() - began:.1f} s.")
    return stack


def print_addresses(stack: StackState) -> None:
    """Print where to look."""
    for name, title in TITLES.items():
        if url := stack.url(name):
            print(f"  {title:<11} {paint(url, 'cyan')}")
