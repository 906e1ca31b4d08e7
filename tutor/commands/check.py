"""See whether a lesson is done: makes requests of its own to your app and looks at what they leave.

examples:
  ./workshop check                     the current lesson
  ./workshop check 3
  ./workshop check --watch             again after every save; never goes on by itself
  ./workshop check 3 --step-code 3     check a checkpoint instead of your code

exit codes: 0 it is done, 1 not yet, 3 it can't be checked (your app does not run, say)
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from tutor.checks import report
from tutor.checks.runner import Result, check, remember
from tutor.course.lessons import Step
from tutor.course.session import Desk, add_number
from tutor.sandbox.app_code import Code
from tutor.sandbox.running_code import wait_for_last_save
from tutor.sandbox.target import Target, learners
from tutor.terminal import StatusLine, paint


def add_arguments(parser: ArgumentParser) -> None:
    add_number(parser)
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--step-code", type=int, metavar="N", help="check the checkpoint of lesson N")
    what.add_argument("--watch", action="store_true", help="check again after every save")


def run(arguments: Namespace) -> int:
    desk = Desk()
    step = desk.chosen(arguments)
    if arguments.step_code is not None:
        return check_checkpoint(step, desk.course.step(arguments.step_code), desk)
    desk.workspace.must_exist()
    if arguments.watch:
        from tutor.checks.watch import watch

        return watch(step, desk, check_mine)
    result = check_mine(step, desk)
    if text := report.advice(result, step, desk):
        print(text)
    return result.exit_code


def check_mine(step: Step, desk: Desk) -> Result:
    """Check the learner's code and print the result. If it passed, that is noted."""

    def find() -> Target:
        code = Code(desk.workspace.folder)
        code.must_compile()
        target = learners(code.folder)
        wait_for_last_save(code)
        return target

    line = StatusLine()
    line.show(f"Checking lesson {step} …")
    try:
        result = check(step, find, desk.course)
    finally:
        line.end()
    remember(result)
    if result.passed:
        desk.progress.passed(step)
    for text in report.lines(result, step, desk):
        print(text)
    return result


def check_checkpoint(step: Step, checkpoint: Step, desk: Desk) -> int:
    """Run a checkpoint for a moment, check it, and print the result."""
    from tutor.sandbox.apps import checkpoint as app_of
    from tutor.sandbox.temporary_stack import stand

    line = StatusLine()
    line.show(f"Starting {checkpoint.slug} …")
    try:
        with stand() as ground, ground.run(app_of(checkpoint, ground.folder)) as target:
            line.show(f"Checking lesson {step} …")
            result = check(step, lambda: target, desk.course)
    finally:
        line.end()
    print(paint(f"{checkpoint.slug}:", "bold"))
    for text in report.lines(result, step, desk):
        print(text)
    return result.exit_code
