"""Read a lesson.

Without a number, the current lesson: the last one that you began, or the next one if that is done.

examples:
  ./workshop lesson
  ./workshop lesson 3
"""

from __future__ import annotations

import os
from argparse import ArgumentParser, Namespace

from tutor.course.lessons import Step
from tutor.course.real_ports import real_ports, with_ports
from tutor.course.render_markdown import render
from tutor.course.session import Session, add_lesson_argument
from tutor.errors import Exit, NotReadyError
from tutor.paths import ROOT
from tutor.terminal import paint


def add_arguments(parser: ArgumentParser) -> None:
    add_lesson_argument(parser)


def run(arguments: Namespace) -> int:
    session = Session()
    if arguments.number is not None:
        show(session.course.step(arguments.number))
        return Exit.GOOD
    session.workspace.must_exist()
    step = session.progress.current
    if session.progress.has_passed(step):
        print("You have done all lessons.")
    session.progress.begin(step)
    show(step)
    print(f"\n{session.progress.bar()}  When you are done: {paint('./workshop check', 'cyan')}")
    return Exit.GOOD


def show(step: Step) -> None:
    """Print the lesson of `step`. Raises `NotReadyError` if it is not written yet."""
    if not step.readme.is_file():
        raise NotReadyError(f"lesson {step.number} has no text: {step.readme} is missing")
    for line in render(with_ports(step.readme.read_text("utf-8"), real_ports())):
        print(line)
    print(paint(f"\n({os.path.relpath(step.readme, ROOT)})", "dim"))
