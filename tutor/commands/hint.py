"""Get help with a lesson, a little more each time.

First the idea, then the place, then the code.

examples:
  ./workshop hint
  ./workshop hint 4
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from tutor.course.hints import next_hint
from tutor.course.links import with_addresses
from tutor.course.real_ports import real_ports, with_ports
from tutor.course.render_markdown import render
from tutor.course.session import Session, add_lesson_argument
from tutor.errors import Exit
from tutor.terminal import fill_width, paint


def add_arguments(parser: ArgumentParser) -> None:
    add_lesson_argument(parser)


def run(arguments: Namespace) -> int:
    session = Session()
    session.workspace.must_exist()
    step = session.selected_step(arguments)
    index, ladder = next_hint(step, session.progress)
    print(paint(f"Lesson {step}: hint {index + 1} of {len(ladder)}", "bold"))
    text = with_ports(with_addresses(ladder[index].text, step.folder), real_ports())
    for line in render(text, fill_width()):
        print(line)
    if index + 1 < len(ladder):
        print(f"\nMore: {paint(again(arguments), 'cyan')}")
    else:
        change = paint(f"./workshop diff {step.number}", "cyan")
        solve = paint(f"./workshop solve {step.number}", "cyan")
        print(f"\nThat was the last hint. See all of the code: {change}, or take it: {solve}.")
    return Exit.GOOD


def again(arguments: Namespace) -> str:
    """Return the command that gives the next hint."""
    number = "" if arguments.number is None else f" {arguments.number}"
    return f"./workshop hint{number}"
