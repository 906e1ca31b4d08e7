"""`./workshop check --watch`: checks after every save, and goes on only when told to."""

from __future__ import annotations

import os
import select
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tutor.checks.runner import Result
from tutor.course.hints import climb
from tutor.course.lessons import Step
from tutor.course.render_markdown import render
from tutor.course.session import Desk
from tutor.sandbox.app_code import Code
from tutor.terminal import paint

CTRL_D = "\x04"

LOOK = 0.2
"""Seconds between two looks at the folder and the keyboard."""

Check = Callable[[Step, Desk], Result]


def watch(step: Step, desk: Desk, check: Check) -> int:
    """Check `step` now and after every save, until `q`, Ctrl-C or Ctrl-D.

    `n` goes on to the next lesson, once this one is done. The exit code is that of the last check.
    """
    code = Code(desk.workspace.folder)
    desk.progress.begin(step)
    with keys():
        while True:
            seen = code.digest()
            result = check(step, desk)
            following = attend(step, desk, result, lambda: code.digest() != seen)  # noqa: B023
            if following is None:
                return result.exit_code
            step = following


def attend(step: Step, desk: Desk, result: Result, was_saved: Callable[[], bool]) -> Step | None:
    """Do what the keys ask for, until there is something to check again: the lesson to check, or
    None to end."""
    print(footer(step, desk, result), flush=True)
    while not was_saved():
        key = pressed(LOOK)
        if key in ("q", CTRL_D):
            return None
        if key == "h":
            index, ladder = climb(step, desk.progress)
            print("\n".join(render(ladder[index].text)), flush=True)
        if key == "n":
            after = desk.course.after(step)
            if result.passed and after:
                desk.progress.begin(after)
                lesson = paint(f"./workshop lesson {after.number}", "cyan")
                print(f"\nNow: {paint(str(after), 'bold')}. Read it: {lesson}", flush=True)
                return after
            print("This lesson is not done yet." if after else "This is the last lesson.")
    print(f"\n{time.strftime('%H:%M:%S')} saved")
    return step


def footer(step: Step, desk: Desk, result: Result) -> str:
    """Where the learner is, and what the keys do."""
    on = "n next lesson · " if result.passed and desk.course.after(step) else ""
    look = result.look or desk.workspace.folder.name
    return f"{desk.progress.bar()}  {look}  {paint(f'{on}h hint · q quit', 'dim')}"


def pressed(patience: float) -> str | None:
    """The key pressed within `patience` seconds, in lower case; None if there was none."""
    if not sys.stdin.isatty():
        time.sleep(patience)
        return None
    ready, _, _ = select.select([sys.stdin], [], [], patience)
    if not ready:
        return None
    return os.read(sys.stdin.fileno(), 1).decode("ascii", "replace").lower() or CTRL_D


@contextmanager
def keys() -> Iterator[None]:
    """Have keys read one by one, without Enter, where there is a terminal."""
    if not sys.stdin.isatty():
        yield
        return
    import termios
    import tty

    before = termios.tcgetattr(sys.stdin)
    tty.setcbreak(sys.stdin)
    try:
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)
