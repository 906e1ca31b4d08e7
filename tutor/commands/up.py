"""Start the stack in the background.

The stack is Redis, the collector, the UI, the taster and web.

examples:
  ./workshop up
  ./workshop up --mine                 with your code; it restarts whenever you save
  ./workshop up --step 7               with the code as it is after lesson 7
  ./workshop up --load                 with a gentle Locust load, and Locust's own page
  ./workshop up --open                 with the usual ports of other tracing clients: 4318, 9411, …
  ./workshop up --web-port 5055        on this port or not at all
  ./workshop up --forward otlp=http://127.0.0.1:4318
                                       and send on whatever is stored to another backend
  ./workshop up --no-collector         for `./workshop get --in-band`: nobody stores any trace
"""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace

from tutor.collector import Collector
from tutor.errors import Exit, NotReadyError, UsageError
from tutor.file_errors import must_take_files
from tutor.open_ports import open_ports
from tutor.paths import log_dir, mine_dir
from tutor.start_stack import add_port_arguments, print_addresses, requested_ports, start_stack
from tutor.supervisor import client
from tutor.supervisor.app import FINISHED, App
from tutor.supervisor.own_stack import own_address
from tutor.supervisor.process import ProcessId


def add_arguments(parser: ArgumentParser) -> None:
    code = parser.add_mutually_exclusive_group()
    code.add_argument("--mine", action="store_true", help="run your code, and restart it on save")
    code.add_argument("--step", type=int, metavar="N", help="run the checkpoint of lesson N")
    parser.add_argument(
        "--while",
        dest="owner",
        type=process,
        metavar="PID",
        help="stop when this process ends (for scripts)",
    )
    parser.add_argument("--load", action="store_true", help="add a gentle Locust load")
    parser.add_argument(
        "--open",
        action="store_true",
        help="have the collector listen on the usual ports of OpenTelemetry's, Zipkin's, Jaeger's"
        " and X-Ray's clients, too (default: on its own port only, where all but UDP and gRPC"
        " comes in)",
    )
    parser.add_argument(
        "--no-collector",
        action="store_true",
        help="start neither the collector nor its UI: what the app's tracers send is lost",
    )
    parser.add_argument(
        "--forward",
        default="",
        metavar="TARGETS",
        help="send on what is stored: otlp=URL,zipkin=URL,datadog=URL,xray=udp://HOST:PORT"
        " (also set by COLLECTOR_FORWARD)",
    )
    add_port_arguments(parser)


def run(arguments: Namespace) -> int:
    running, app = client.current(), selected_app(arguments)
    if running and app and running.code != app.name:
        print(f"Stopping {running.code} to run {app.name}.", flush=True)
        client.stop(running)
        running = None
    if running and running.phase != "stopping":
        print(f"The stack is already running, with {running.code}.")
        if arguments.forward:
            print("Note: --forward has no effect on it; ./workshop down, then up again.")
        if arguments.no_collector and running.url("collector"):
            print("Note: it has a collector; ./workshop down, then up again.")
    else:
        ports = requested_ports(arguments)
        must_name_targets(arguments.forward)
        if arguments.no_collector and (arguments.open or arguments.forward):
            raise UsageError("--open and --forward are for a stack with a collector")
        running = start_stack(
            ports,
            arguments.load,
            arguments.owner,
            app or FINISHED,
            open_ports=arguments.open,
            forward=arguments.forward,
            collector=not arguments.no_collector,
        )
    if arguments.mine:
        warn_of_mistakes()
    print_addresses(running)
    if arguments.open and running.url("collector"):
        print("\n".join(other_ports()))
    print("Stop it: ./workshop down")
    return Exit.GOOD


def other_ports() -> list[str]:
    """Return, in sentences, where other clients can send to."""
    try:
        found = open_ports(Collector(own_address("collector")))
    except NotReadyError as problem:
        return [f"Note: {problem}"]
    again = "./workshop down, then ./workshop up --open"
    return found or [f"Note: it was started without --open. To open the ports: {again}"]


def must_name_targets(forward: str) -> None:
    """Raise `UsageError` if the collector could not forward to what the option names."""
    from collector.forward.target import TargetError, targets

    try:
        targets(forward)
    except TargetError as problem:
        raise UsageError(f"--forward: {problem}") from None


def process(text: str) -> ProcessId:
    """Return the process with this number. Raises `ArgumentTypeError` if there is none."""
    try:
        return ProcessId.of(int(text))
    except (ValueError, ProcessLookupError):
        raise ArgumentTypeError(f"{text!r} is not the number of a running process") from None


def selected_app(arguments: Namespace) -> App | None:
    """Return the app that was asked for, or None if any will do.

    Raises `UsageError` if there is no such lesson, `NotReadyError` if there is no mine/, or what
    the lesson needs can't be installed, `OSError` if nothing can be written there.
    """
    if not arguments.mine and arguments.step is None:
        return None
    from tutor.course import lesson_packages
    from tutor.course.session import Session
    from tutor.sandbox import apps

    session = Session()
    if arguments.mine:
        session.workspace.must_exist()
        must_take_files(session.workspace.folder)
        lesson_packages.install(session.progress.current)
        return apps.mine(session.workspace.folder)
    return apps.checkpoint(session.course.step(arguments.step), log_dir())


def warn_of_mistakes() -> None:
    """Warn if the learner's code is not valid Python: an error page answers in its place."""
    from tutor.failure import CheckFailed
    from tutor.sandbox.app_code import AppCode

    try:
        AppCode(mine_dir()).must_compile()
    except CheckFailed as problem:
        print(f"Note: your code does not run: {problem.look}: {problem.seen}")
