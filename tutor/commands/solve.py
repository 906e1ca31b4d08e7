"""Take a lesson's solution: put its checkpoint into mine/.

For when you are stuck, or join late. That lesson is then your current one. It says what it will
replace, asks first, and keeps a backup.

examples:
  ./workshop solve 3
  ./workshop solve 3 --yes             without asking
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
    code = replace_code(session, step, arguments.yes)
    if code == Exit.GOOD:
        session.begin_anew(step)
        print(f"See that it is done: {paint(f'./workshop check {step.number}', 'cyan')}")
    return code
