"""See whether a lesson is done.

The check makes its own requests to your app, and looks at the answers, logs and traces.

examples:
  ./workshop check                     the current lesson
  ./workshop check 3
  ./workshop check --watch             after every save; you say when to go on
  ./workshop check 3 --step-code 3     check a checkpoint instead of your code

exit codes: 0 it is done, 1 not yet, 3 it can't be checked (for example, your app is not running)
"""

from __future__ import annotations

import time
from argparse import ArgumentParser, Namespace

from tutor.checks import report
from tutor.checks.runner import Result, check, save_result
from tutor.checks.running_check import RunningCheck
from tutor.course import lesson_packages
from tutor.course.lessons import Step
from tutor.course.session import Session, add_lesson_argument
from tutor.sandbox.app_code import AppCode
from tutor.sandbox.target import Target, learner_target
from tutor.terminal import StatusLine, paint

NOTICE_S = 0.5
"""The time in which an app that has missed some packages has noticed that they are there."""


def add_arguments(parser: ArgumentParser) -> None:
    add_lesson_argument(parser)
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--step-code", type=int, metavar="N", help="check the checkpoint of lesson N")
    what.add_argument("--watch", action="store_true", help="check again after every save")


def run(arguments: Namespace) -> int:
    session = Session()
    step = session.selected_step(arguments)
    if arguments.step_code is not None:
        return check_checkpoint(step, session.course.step(arguments.step_code), session)
    session.workspace.must_exist()
    if arguments.watch:
        from tutor.checks.watch import watch

        return watch(step, session, check_mine)
    with RunningCheck() as running:
        running.show(step, is_checking=True)
        result = check_mine(step, session)
    if text := report.next_command(result, step, session):
        print(text)
    return result.exit_code


def check_mine(step: Step, session: Session) -> Result:
    """Check the learner's code, print the result, and record it if the check passed."""

    def find() -> Target:
        if lesson_packages.install(step):
            time.sleep(NOTICE_S)
        code = AppCode(session.workspace.folder)
        code.must_compile()
        return learner_target(code.folder)

    line = StatusLine()
    line.show(f"Checking lesson {step} …")
    try:
        result = check(step, find, session.course)
    finally:
        line.end()
    save_result(result)
    if result.passed:
        session.progress.record_passed(step)
    for text in report.result_lines(result, step, session):
        print(text)
    return result


def check_checkpoint(step: Step, checkpoint: Step, session: Session) -> int:
    """Run a checkpoint just long enough to check it, and print the result."""
    from tutor.sandbox.apps import checkpoint as app_of
    from tutor.sandbox.temporary_stack import temporary_stack

    line = StatusLine()
    line.show(f"Starting {checkpoint.slug} …")
    try:
        with temporary_stack() as stack, stack.run(app_of(checkpoint, stack.folder)) as target:
            line.show(f"Checking lesson {step} …")
            result = check(step, lambda: target, session.course)
    finally:
        line.end()
    print(paint(f"{checkpoint.slug}:", "bold"))
    for text in report.result_lines(result, step, session):
        print(text)
    return result.exit_code
