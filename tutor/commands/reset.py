"""Put mine/ back to how it is when a lesson begins.

That is the checkpoint of the lesson before, and that lesson is then your current one: it and those
after it count as not done. It says what it will replace, asks first, and keeps a backup.

examples:
  ./workshop reset 3                   as after lesson 2
  ./workshop reset 1 --yes             as after ./workshop start, without asking
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from tutor.course.replace_code import add_yes_argument, replace_code
from tutor.course.session import Session, add_lesson_argument
from tutor.errors import Exit
from tutor.terminal import paint


def add_arguments(parser: ArgumentParser) -> None:
    add_lesson_argument(parser, required=True)
    add_yes_argument(parser)


def run(arguments: Namespace) -> int:
    session = Session()
    step = session.selected_step(arguments)
    code = replace_code(session, session.course.before(step) or step, arguments.yes)
    if code == Exit.GOOD:
        session.begin_anew(step)
        lesson = paint("./workshop lesson", "cyan")
        print(f"You are at the beginning of lesson {step}. Read it: {lesson}")
    return code
