"""Start everything with a gentle load, and watch the traces arrive.

Ctrl-C stops it. Nothing is left running then; the traces stay in data/.

examples:
  ./workshop demo
  ./workshop demo --for 30s            stops by itself
  ./workshop demo --no-load            you make the requests
"""

from __future__ import annotations

import math
import os
import time
from argparse import ArgumentParser, Namespace
from contextlib import suppress

from tutor import http
from tutor.collector import PAIRING, Collector
from tutor.durations import clock, readable, seconds
from tutor.errors import Exit, NotReadyError
from tutor.start_stack import add_port_arguments, print_addresses, requested_ports, start_stack
from tutor.supervisor import client
from tutor.supervisor.process import ProcessId
from tutor.supervisor.state import StackState
from tutor.terminal import StatusLine, count, paint


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--for",
        dest="length",
        type=seconds,
        default=math.inf,
        metavar="TIME",
        help="stop after this time, such as 30s or 2m (default: at Ctrl-C)",
    )
    parser.add_argument("--no-load", action="store_true", help="start without Locust")
    add_port_arguments(parser)


def run(arguments: Namespace) -> int:
    running = client.current()
    if running and running.phase != "stopping":
        print("A stack is already running:")
        print_addresses(running)
        raise NotReadyError("stop it before the demo: ./workshop down")
    began = time.time_ns()
    running = start_stack(
        requested_ports(arguments), not arguments.no_load, ProcessId.of(os.getpid())
    )
    try:
        print_addresses(running)
        collector = Collector(running.url("collector") or "")
        watch(collector, began, arguments.length)
        settle(running)
        report(collector, running, began)
    finally:
        client.stop(running)
    print("Stopped. The traces are kept; ./workshop up shows them again.")
    return Exit.GOOD


def watch(collector: Collector, began: int, length: float) -> None:
    """Show what arrives, for `length` seconds or until Ctrl-C.

    Raises `NotReadyError` if the stack stops by itself.
    """
    line = StatusLine(every=5)
    end = time.monotonic() + length
    try:
        while (left := end - time.monotonic()) > 0:
            if client.current() is None:
                failed = client.failure()
                raise NotReadyError(
                    failed.problem if failed else "something else stopped the stack"
                )
            ending = f"{clock(left + 0.5)} left" if math.isfinite(left) else "Ctrl-C to stop"
            line.show(f"{arrived(collector, began)} · {ending}")
            time.sleep(min(1, left))
    except KeyboardInterrupt:
        print()
    finally:
        line.end()


def arrived(collector: Collector, began: int) -> str:
    """Return in one line how much was stored since `began` (ns since 1970)."""
    try:
        everything, pairing = (collector.summary(query, began) for query in ("", PAIRING))
    except NotReadyError:  # it is being restarted
        return "the collector does not answer"
    return (
        f"{count(everything['traces'], 'trace')} · {count(everything['spans'], 'span')}"
        f" · /pair/beer p50 {readable(pairing['p50'] or None)}"
    )


def settle(running: StackState) -> None:
    """Stop the load and let the last spans arrive."""
    load = running.url("locust")
    if load:
        with suppress(NotReadyError):
            http.get(f"{load}/stop")
    time.sleep(1)


def report(collector: Collector, running: StackState, began: int) -> None:
    """Print a summary of the traces since `began` (ns since 1970)."""
    everything, pairing = (collector.summary(query, began) for query in ("", PAIRING))
    print(f"Stored: {count(everything['traces'], 'trace')}, {count(everything['spans'], 'span')}.")
    if not pairing["traces"]:
        print("No pairings were requested. Next time, open the app's page and choose a beer.")
        return
    print(
        f"GET /pair/beer: p50 {readable(pairing['p50'])}, p95 {readable(pairing['p95'])}"
        f" ({count(pairing['traces'], 'request')})."
    )
    slowest = paint(f"{running.url('ui')}/trace/{pairing['slowest']}", "cyan")
    print(f"The slowest one, {readable(pairing['max'])}: {slowest}")
