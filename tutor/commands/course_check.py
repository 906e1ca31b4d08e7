"""Check the course itself.

Every lesson, followed to the letter, must pass its check. For each lesson, in a copy of the
repository and with its own stack: the check fails before anything is done; every change is made and
every command typed exactly as written, and prints what the lesson shows; the check passes; the code
equals the checkpoint's; the answers are those of lesson 1; there are enough hints; the linters are
happy; the numbers in the text are those of the output.

examples:
  ./workshop course-check
  ./workshop course-check 3 4
  ./workshop course-check 4 --update   put what lesson 4's commands print now into it
"""

from __future__ import annotations

import threading
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from tutor import curl
from tutor.checks import answers
from tutor.checks.probe import Probe
from tutor.course.lesson_markdown import LessonError
from tutor.course.lessons import Course, Step
from tutor.coursecheck import rules
from tutor.coursecheck.figures.lesson_figures import LessonFigures
from tutor.coursecheck.play_lesson import Player
from tutor.coursecheck.playground import Playground, playground
from tutor.coursecheck.rewrite_output import rewrite
from tutor.errors import Exit, NotReadyError
from tutor.failure import CheckFailed
from tutor.terminal import count, paint

PLAYERS = 2
"""How many lessons are played at the same time."""


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("numbers", type=int, nargs="*", metavar="N", help="lessons (default: all)")
    parser.add_argument(
        "--update", action="store_true", help="rewrite the output that lessons show, and figures"
    )


def run(arguments: Namespace) -> int:
    if not curl.is_installed():
        raise NotReadyError(curl.MISSING)
    course = Course()
    steps = sorted(
        {course.step(n) for n in arguments.numbers} or course.steps, key=lambda step: step.number
    )
    start = time.monotonic()
    read_problems = {step: list(rules.problems(step, course)) for step in steps}
    print(f"Playing {count(len(steps), 'lesson')}, up to {PLAYERS} at a time …", flush=True)
    stop = threading.Event()
    with ThreadPoolExecutor(PLAYERS) as pool:
        try:
            jobs = [pool.submit(report, "the linters", lambda: list(rules.linters_agree(course)))]
            jobs += [
                pool.submit(play, part, read_problems, course, arguments.update, stop)
                for part in parts(steps, PLAYERS)
            ]
            problems = sum(job.result() for job in jobs)
        except BaseException:
            stop.set()
            raise
    problems += report("the figures", lambda: figure_problems(steps, course, arguments.update))
    for what in rules.unchecked(steps):
        print(f"– not checked: {what}")
    took = f"{time.monotonic() - start:.0f} s"
    if problems:
        print(paint(f"✗ {count(problems, 'problem')}", "red") + f" ({took})")
        return Exit.CHECK_FAILED
    print(paint("✓ The course is sound.", "green") + f" ({took})")
    return Exit.GOOD


def parts(steps: Sequence[Step], number: int) -> list[Sequence[Step]]:
    """Split `steps` into at most `number` runs of neighbours."""
    size = -(-len(steps) // number)
    return [steps[first : first + size] for first in range(0, len(steps), size)]


def play(
    steps: Sequence[Step],
    read_problems: Mapping[Step, list[str]],
    course: Course,
    update: bool,
    stop: threading.Event,
) -> int:
    """Play `steps`, one after the other, and print what is wrong with them, `read_problems` first;
    return the number of problems."""
    problems = 0
    with playground(stop) as made:
        player = Player(made, course, compares=not update)
        for step in steps:
            problems += report(
                str(step),
                lambda: read_problems[step] + check(step, player, made, course, update),  # noqa: B023
            )
    return problems


def check(
    step: Step, player: Player, playground: Playground, course: Course, update: bool
) -> list[str]:
    """Play `step`; return all that was wrong with it."""
    problems = []
    try:
        played = player.play(step)
        if step == course.steps[0]:
            app = Probe(playground.target(), course)
            problems += answers.changed_answers(app, update)
    except (LessonError, NotReadyError, CheckFailed) as problem:
        return [*problems, str(problem)]
    if update:
        rewrite(step.readme, played.outputs)
    return problems + played.problems


def figure_problems(steps: Sequence[Step], course: Course, update: bool) -> list[str]:
    """Return what is wrong with the figures in the prose of `steps`. If `update`, first have the
    figures of the whole course agree with what the lessons show now."""
    if update:
        for step in course.steps:
            LessonFigures(step, course).update()
    return [
        f"lesson {step}, {problem}"
        for step in steps
        for problem in LessonFigures(step, course).problems()
    ]


def report(what: str, find: Callable[[], list[str]]) -> int:
    """Print what is wrong, or that nothing is; return the number of problems."""
    start = time.monotonic()
    problems = find()
    took = paint(f"({time.monotonic() - start:.0f} s)", "dim")
    mark, colour = ("✗", "red") if problems else ("✓", "green")
    lines = [paint(f"{mark} {what}", colour) + f" {took}"]
    lines += [f"    {line}" for problem in problems for line in problem.splitlines()]
    print("\n".join(lines), flush=True)
    return len(problems)
