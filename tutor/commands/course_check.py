"""Check the course itself: that every lesson, done to the letter, is what its check wants.

For each lesson, in a copy of the repository and with a stack of its own: the check fails before
anything is done; every change and every command of the lesson is played as it stands there, and
prints what the lesson shows; the check passes; the code is the checkpoint's; the answers are those
of lesson 1; there are enough hints; linters agree.

examples:
  ./workshop course-check
  ./workshop course-check 3 4
  ./workshop course-check 4 --update   write what lesson 4's commands print now into the lesson
"""

from __future__ import annotations

import signal
import threading
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import FrameType

from tutor.checks import answers
from tutor.checks.probe import Probe
from tutor.course.lesson_markdown import LessonError
from tutor.course.lessons import Course, Step
from tutor.coursecheck import rules
from tutor.coursecheck.play_lesson import Player
from tutor.coursecheck.playground import Playground, playground
from tutor.coursecheck.rewrite_output import rewrite
from tutor.errors import Exit, NotReadyError
from tutor.failure import CheckFailed
from tutor.terminal import count, paint

PLAYERS = 2
"""Lessons that are played at the same time."""


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("numbers", type=int, nargs="*", metavar="N", help="lessons; all without it")
    parser.add_argument("--update", action="store_true", help="write what commands print now")


def run(arguments: Namespace) -> int:
    course = Course()
    steps = sorted({course.step(n) for n in arguments.numbers} or course.steps, key=number_of)
    began = time.monotonic()
    print(f"Playing {len(steps)} lessons, {PLAYERS} at a time …", flush=True)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, interrupt)
    with ThreadPoolExecutor(PLAYERS) as pool:
        try:
            jobs = [pool.submit(report, "the linters", lambda: list(rules.linters_agree(course)))]
            jobs += [
                pool.submit(play, part, course, arguments.update, stop)
                for part in parts(steps, PLAYERS)
            ]
            wrong = sum(job.result() for job in jobs)
        except BaseException:
            stop.set()
            raise
    for what in rules.left_out(steps):
        print(f"– not checked: {what}")
    took = f"{time.monotonic() - began:.0f} s"
    if wrong:
        print(paint(f"✗ {count(wrong, 'problem')}", "red") + f" ({took})")
        return Exit.CHECK_FAILED
    print(paint("✓ The course holds.", "green") + f" ({took})")
    return Exit.GOOD


def number_of(step: Step) -> int:
    return step.number


def interrupt(number: int, frame: FrameType | None) -> None:
    """Treat being told to end like Ctrl-C."""
    raise KeyboardInterrupt


def parts(steps: Sequence[Step], number: int) -> list[Sequence[Step]]:
    """`steps` in so many pieces, or as many as there are steps, each in one piece."""
    size = -(-len(steps) // number)
    return [steps[at : at + size] for at in range(0, len(steps), size)]


def play(steps: Sequence[Step], course: Course, update: bool, stop: threading.Event) -> int:
    """Check `steps`, one after the other, and print what is wrong; the number of problems."""
    wrong = 0
    with playground(stop) as ground:
        player = Player(ground, course, compares=not update)
        for step in steps:
            wrong += report(str(step), lambda: check(step, player, ground, course, update))  # noqa: B023
    return wrong


def check(
    step: Step, player: Player, ground: Playground, course: Course, update: bool
) -> list[str]:
    """All that is wrong with `step`."""
    wrong = list(rules.problems(step, course))
    try:
        played = player.play(step)
        if step == course.steps[0]:
            app = Probe(ground.target(), course)
            wrong += answers.differ(app, update)
    except (LessonError, NotReadyError, CheckFailed) as problem:
        return [*wrong, str(problem)]
    if update:
        rewrite(step.readme, played.printed)
    return wrong + played.wrong


def report(what: str, find: Callable[[], list[str]]) -> int:
    """Print what is wrong, or that nothing is; the number of problems."""
    began = time.monotonic()
    wrong = find()
    took = paint(f"({time.monotonic() - began:.0f} s)", "dim")
    lines = [paint(f"{'✗' if wrong else '✓'} {what}", "red" if wrong else "green") + f" {took}"]
    lines += [f"    {line}" for problem in wrong for line in problem.splitlines()]
    print("\n".join(lines), flush=True)
    return len(wrong)
