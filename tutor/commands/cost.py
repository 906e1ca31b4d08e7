"""Measure what the instrumentation in your app costs.

That is time, bytes of log, and lines of code. Runs the app of lesson 1 beside yours, on ports of
their own and without the app's deliberate waits, and lets Locust send requests to both in turns.
The result goes to mine/cost.txt.

With --against, the app of another lesson takes the place of the first one's: then it is what your
instrumentation costs more than that one's. That is only shown.

examples:
  ./workshop cost
  ./workshop cost --against 16         compared with the app as it is after lesson 16
  ./workshop cost --run-time 60s       longer, and therefore more precise
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from msgspec.structs import replace

from tutor.cost.record import TEXT, Cost, record
from tutor.course.lessons import Step
from tutor.course.session import Session
from tutor.durations import run_time
from tutor.errors import Exit
from tutor.failure import CheckFailed
from tutor.sandbox import apps
from tutor.sandbox.app_code import AppCode
from tutor.sandbox.hanging import in_words
from tutor.terminal import StatusLine, complain, paint


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--run-time",
        type=run_time,
        default=10.0,
        metavar="TIME",
        help="how long to measure (default: 10s)",
    )
    parser.add_argument(
        "--against",
        type=int,
        default=1,
        metavar="N",
        help="the lesson whose app to compare yours with (default: 1)",
    )


def run(arguments: Namespace) -> int:
    session = Session()
    session.workspace.must_exist()
    try:
        AppCode(session.workspace.folder).must_compile()
        cost = measured(session, session.course.step(arguments.against), arguments.run_time)
    except CheckFailed as problem:
        complain(in_words(problem))
        return Exit.CHECK_FAILED
    print(cost, end="")
    if arguments.against == 1:
        record(cost, session.workspace.folder)
        print(f"Saved in {paint(f'mine/{TEXT}', 'cyan')}.")
    return Exit.GOOD


def measured(session: Session, before: Step, seconds: float) -> Cost:
    """Measure for about `seconds` what the learner's code costs more than the checkpoint `before`.

    Raises `CheckFailed` if it hangs, `NotReadyError` if it can't be measured.
    """
    from tutor.cost.learner_copy import copy_of
    from tutor.cost.measure import measure
    from tutor.sandbox.temporary_stack import temporary_stack

    line = StatusLine()
    try:
        with temporary_stack() as stack:
            plain = apps.checkpoint(before, stack.new_folder("plain"))
            mine = copy_of(session.workspace.folder, stack.new_folder("copy"))
            cost = measure(stack, plain, mine, seconds, line.show)
            return replace(cost, lesson=before.number)
    finally:
        line.end()
