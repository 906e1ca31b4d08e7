"""Put mine/ back to how it is when a lesson begins: the checkpoint of the lesson before.

It says what it replaces, asks, and keeps a backup.

examples:
  ./workshop reset 3                   as after lesson 2
  ./workshop reset 1 --yes             as after ./workshop start; don't ask
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from tutor.course.replace_code import add_yes, replace
from tutor.course.session import Desk, add_number
from tutor.errors import Exit


def add_arguments(parser: ArgumentParser) -> None:
    add_number(parser, required=True)
    add_yes(parser)


def run(arguments: Namespace) -> int:
    desk = Desk()
    step = desk.chosen(arguments)
    code = replace(desk, desk.course.before(step) or step, arguments.yes)
    if code == Exit.GOOD:
        desk.progress.begin(step)
    return code
