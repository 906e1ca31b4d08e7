"""Replacing the learner's code with a checkpoint: says what, asks first, keeps a backup."""

from __future__ import annotations

import sys
from argparse import ArgumentParser

from tutor.course.lessons import Step
from tutor.course.session import Desk
from tutor.errors import Exit, UsageError
from tutor.terminal import paint


def add_yes(parser: ArgumentParser) -> None:
    """Add `--yes`."""
    parser.add_argument("--yes", action="store_true", help="don't ask")


def replace(desk: Desk, checkpoint: Step, sure: bool) -> int:
    """Put the code of `checkpoint` into mine/, and ask first unless `sure`; the exit code.

    Raises `UsageError` if it has to ask and nobody is there to answer.
    """
    files = checkpoint.checkpoint()
    replaced = desk.workspace.replaced_by(files)
    if replaced:
        for name in replaced:
            print(f"  mine/{name} is {'replaced' if name in files else 'removed'}")
        if not sure and not agrees("A backup is kept. Go on?"):
            print("Nothing was changed.")
            return Exit.CHECK_FAILED
    backup = desk.workspace.fill(files)
    desk.workspace.add(desk.course.notes(checkpoint))
    if backup:
        place = backup.relative_to(desk.workspace.folder)
        print(f"What you had is in {paint(f'mine/{place}/', 'cyan')}.")
    print(f"mine/ is now the code of {checkpoint.slug}.")
    return Exit.GOOD


def agrees(question: str) -> bool:
    """Ask a yes-or-no question; anything but yes is no."""
    if not sys.stdin.isatty():
        raise UsageError(f"{question} Nobody is there to answer: say --yes if that is wanted")
    try:
        return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        print()
        return False
