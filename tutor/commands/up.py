"""Start the stack in the background: Redis, collector, UI, taster and web.

examples:
  ./workshop up
  ./workshop up --mine                 with your code; it starts again whenever you save
  ./workshop up --step 7               with the code as it stands after lesson 7
  ./workshop up --load                 with a gentle Locust load, and Locust's own page
  ./workshop up --web-port 5055        on that port or not at all
"""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace

from tutor.errors import Exit
from tutor.paths import log_dir
from tutor.stack import add_port_arguments, asked_ports, print_addresses, start_stack
from tutor.supervisor import client
from tutor.supervisor.app import FINISHED, App
from tutor.supervisor.process import ProcessId


def add_arguments(parser: ArgumentParser) -> None:
    code = parser.add_mutually_exclusive_group()
    code.add_argument("--mine", action="store_true", help="run your code, and reload it on save")
    code.add_argument("--step", type=int, metavar="N", help="run the checkpoint of lesson N")
    parser.add_argument(
        "--while",
        dest="owner",
        type=process,
        metavar="PID",
        help="stop once that process is gone (for scripts)",
    )
    parser.add_argument("--load", action="store_true", help="add a gentle Locust load")
    add_port_arguments(parser)


def run(arguments: Namespace) -> int:
    running, app = client.current(), chosen(arguments)
    if running and app and running.code != app.name:
        print(f"Stopping {running.code}, to run {app.name}.", flush=True)
        client.stop(running)
        running = None
    if running:
        print(f"The stack is already running, with {running.code}.")
    else:
        ports = asked_ports(arguments)
        running = start_stack(ports, arguments.load, arguments.owner, app or FINISHED)
    if arguments.mine:
        warn_of_mistakes()
    print_addresses(running)
    print("Stop it: ./workshop down")
    return Exit.GOOD


def process(text: str) -> ProcessId:
    """The process with that number. Raises `ArgumentTypeError` if there is none."""
    try:
        return ProcessId.of(int(text))
    except (ValueError, ProcessLookupError):
        raise ArgumentTypeError(f"{text!r} is not the number of a process that runs") from None


def chosen(arguments: Namespace) -> App | None:
    """The app that was asked for; None if any will do.

    Raises `UsageError` if there is no such lesson, `NotReadyError` if there is no mine/.
    """
    if not arguments.mine and arguments.step is None:
        return None
    from tutor.course.session import Session
    from tutor.sandbox import apps

    session = Session()
    if arguments.mine:
        session.workspace.must_exist()
        return apps.mine(session.workspace.folder)
    return apps.checkpoint(session.course.step(arguments.step), log_dir())


def warn_of_mistakes() -> None:
    """Say at once if the learner's code is no valid Python: something else answers in its place."""
    from tutor.course.workspace import mine_dir
    from tutor.failure import CheckFailed
    from tutor.sandbox.app_code import AppCode

    try:
        AppCode(mine_dir()).must_compile()
    except CheckFailed as problem:
        print(f"Note: your code does not run: {problem.look}: {problem.seen}")
