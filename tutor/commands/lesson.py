"""Read a lesson.

Without a number, the current lesson, or the next one if that is done. A lesson sets a task; the
solution is left out until you ask for it.

examples:
  ./workshop lesson
  ./workshop lesson 3
  ./workshop lesson 3 --show           with the solution
"""

from __future__ import annotations

import os
from argparse import ArgumentParser, Namespace

from tutor.course.lessons import Step
from tutor.course.links import with_addresses
from tutor.course.real_ports import real_ports, with_ports
from tutor.course.render_markdown import render
from tutor.course.sections import replace_solution
from tutor.course.session import Session, add_lesson_argument
from tutor.errors import Exit, NotReadyError
from tutor.paths import ROOT
from tutor.terminal import fill_width, paint

TRY_FIRST = """\
Try it yourself first. When you are stuck: `./workshop hint {number}`, which says a little more each
time. To see the solution: `./workshop diff {number}`, or with explanations,
`./workshop lesson {number} --show`."""
"""What is shown in place of the solution."""


def add_arguments(parser: ArgumentParser) -> None:
    add_lesson_argument(parser)
    parser.add_argument("--show", action="store_true", help="show the solution, too")


def run(arguments: Namespace) -> int:
    session = Session()
    if arguments.number is not None:
        show(session.course.step(arguments.number), arguments.show)
        return Exit.GOOD
    session.workspace.must_exist()
    step = session.progress.current
    if session.progress.has_passed(step):
        print("You have done all lessons.")
    session.begin(step)
    show(step, arguments.show)
    print(f"\n{session.progress.bar()}  When you are done: {paint('./workshop check', 'cyan')}")
    return Exit.GOOD


def show(step: Step, with_solution: bool) -> None:
    """Print the lesson of `step`. Raises `NotReadyError` if it is not written yet."""
    if not step.readme.is_file():
        raise NotReadyError(f"lesson {step.number} has no text: {step.readme} is missing")
    text = with_ports(with_addresses(step.readme.read_text("utf-8"), step.folder), real_ports())
    if not with_solution:
        text = replace_solution(text, TRY_FIRST.format(number=step.number))
    for line in render(text, fill_width()):
        print(line)
    print(paint(f"\n({os.path.relpath(step.readme, ROOT)})", "dim"))
