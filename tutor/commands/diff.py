"""Show what a lesson changes in the app.

With --mine, show how your code differs from the lesson's checkpoint.

examples:
  ./workshop diff 3                    from the checkpoint of lesson 2 to that of lesson 3
  ./workshop diff 3 --mine             from your code to the checkpoint of lesson 3
"""

from __future__ import annotations

import difflib
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Mapping

from tutor.course.session import Session, add_lesson_argument
from tutor.errors import Exit
from tutor.terminal import paint

COLOURS = {"+": "green", "-": "red", "@": "cyan"}


def add_arguments(parser: ArgumentParser) -> None:
    add_lesson_argument(parser)
    parser.add_argument("--mine", action="store_true", help="start from your code")


def run(arguments: Namespace) -> int:
    session = Session()
    step = session.selected_step(arguments)
    before = session.course.before(step)
    if arguments.mine:
        session.workspace.must_exist()
        name, files = "mine", session.workspace.files()
    else:
        name, files = (before.slug, before.checkpoint()) if before else ("nothing", {})
    lines = list(differences(files, step.checkpoint(), name, step.slug))
    for line in lines:
        print(paint(line, COLOURS[line[0]]) if line[:1] in COLOURS else line)
    if not lines:
        print(f"No difference between {name} and {step.slug}.")
    return Exit.GOOD


def differences(
    before: Mapping[str, str], after: Mapping[str, str], old: str, new: str
) -> Iterator[str]:
    """Return the unified diff of two sets of files (name to text), called `old` and `new`."""
    for name in sorted({*before, *after}):
        yield from difflib.unified_diff(
            before.get(name, "").splitlines(),
            after.get(name, "").splitlines(),
            f"{old}/{name}" if name in before else "/dev/null",
            f"{new}/{name}" if name in after else "/dev/null",
            lineterm="",
        )
