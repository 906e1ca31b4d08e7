"""Begin the course: make mine/, your own copy of the app.

Nothing in it measures anything yet.

examples:
  ./workshop start
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from tutor import curl
from tutor.course.session import Session
from tutor.errors import Exit
from tutor.terminal import note, paint

NEXT = {
    "./workshop up --mine": "run your app; it restarts whenever you save",
    "./workshop lesson": "read the lesson",
    "./workshop check": "see whether it is done (--watch: after every save)",
    "./workshop hint": "get help, a little more each time",
}


def add_arguments(parser: ArgumentParser) -> None:
    """Add nothing: this command has no arguments."""


def run(arguments: Namespace) -> int:
    session = Session()
    if session.workspace.files():
        step = session.progress.current
        print(f"You have already started: mine/ is there. You are at lesson {step}.")
    else:
        first = session.course.steps[0]
        session.workspace.fill(first.checkpoint())
        session.begin(first)
        print(f"mine/ is your copy of the app: {', '.join(session.workspace.files())}.")
        print(f"The course has {len(session.course.steps)} lessons. The first one: {first.title}.")
    for command, what in NEXT.items():
        print(f"  {paint(f'{command:<21}', 'cyan')} {what}")
    if not curl.is_installed():
        note(curl.MISSING)
    return Exit.GOOD
