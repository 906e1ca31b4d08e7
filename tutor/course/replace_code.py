"""Replacing the learner's code with a checkpoint: says what changes, asks first, keeps a backup."""

from __future__ import annotations

import sys
from argparse import ArgumentParser

from tutor.course.lessons import Step
from tutor.course.session import Session
from tutor.errors import Exit, UsageError
from tutor.terminal import paint


def add_yes_argument(parser: ArgumentParser) -> None:
    """Add `--yes`."""
    parser.add_argument("--yes", action="store_true", help="don't ask")


def replace_code(session: Session, checkpoint: Step, is_sure: bool) -> int:
    """Put the code of `checkpoint` into mine/, asking first unless `is_sure`; return the exit code.

    Raises `UsageError` if it has to ask and there is no terminal to ask at.
    """
    files = checkpoint.checkpoint()
    replaced = session.workspace.replaced_by(files)
    if replaced:
        for name in replaced:
            print(f"  mine/{name} will be {'replaced' if name in files else 'removed'}")
        if not is_sure and not confirm("A backup is kept. Go on?"):
            print("Nothing was changed.")
            return Exit.CHECK_FAILED
    backup = session.workspace.fill(files)
    session.workspace.add(session.course.notes(checkpoint))
    if backup:
        place = backup.relative_to(session.workspace.folder)
        print(f"What you had is in {paint(f'mine/{place}/', 'cyan')}.")
    print(f"mine/ now has the code of {checkpoint.slug}.")
    return Exit.GOOD


def confirm(question: str) -> bool:
    """Ask a yes-or-no question; return whether the answer is yes.

    Raises `UsageError` if there is no terminal to ask at.
    """
    if not sys.stdin.isatty():
        raise UsageError(f"{question} There is no terminal to ask you at: add --yes if you mean it")
    try:
        return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        print()
        return False
