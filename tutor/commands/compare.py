"""Find out if a checkpoint is faster than another, and still right.

Runs both in turns under the same load and prints side by side what you predicted
(mine/predictions.txt), what the what-if predicted from the traces of the checkpoint before, and
what was measured (the median of all rounds, and their range); where the time went; and whether
every answer to a fixed list of requests is the same. If the stack is running, it keeps the traces,
and the last line is the address of a page that compares them.

If the checkpoints are more than one lesson apart, all those between them are measured too: the
journey. Each has its own Redis, database and ports, runs as the deploy step-NN, and the order of
the rounds alternates (A B, B A, …), so that a noisy machine affects all of them alike.

examples:
  ./workshop compare 11 12
  ./workshop compare 10 16             the whole journey; takes some minutes
  ./workshop compare 13 14 --users 20 --rounds 6

exit codes: 0 B is faster and its answers are the same, 1 it is not
"""

from __future__ import annotations

import time
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence

from tutor.compare.report import report, where_to_look
from tutor.compare.rounds import Result, measure, pairers_load
from tutor.compare.same_answers import answers, differences
from tutor.compare.verdict import Verdict, judge
from tutor.course.lessons import Course, Step
from tutor.durations import run_time
from tutor.errors import Exit, UsageError
from tutor.load import options
from tutor.sandbox.checkpoints import run_checkpoints
from tutor.terminal import StatusLine, count, paint

FIRST_TRACED = 6
"""The first lesson with traces: before it, there is nothing to attribute."""
MAX_ROUNDS = 20


def add_arguments(parser: ArgumentParser) -> None:
    add = parser.add_argument
    add("a", type=int, metavar="A", help="the lesson whose checkpoint is the baseline")
    add("b", type=int, metavar="B", help="the lesson whose checkpoint should be faster")
    add(
        "--users",
        type=options.users,
        default=8,
        metavar="N",
        help="number of concurrent pairers (default: 8)",
    )
    add(
        "--run-time",
        type=run_time,
        default=5.0,
        metavar="TIME",
        help="length of each round (default: 5s)",
    )
    add(
        "--rounds",
        type=rounds,
        metavar="N",
        help="number of rounds (default: 4, or 2 for a journey)",
    )
    add(
        "--workers",
        type=options.workers,
        default=1,
        metavar="N",
        help="number of Locust processes (default: 1)",
    )


def rounds(text: str) -> int:
    """Return how often to put each checkpoint under load.

    Raises `ArgumentTypeError` if it is not a number from 1 to `MAX_ROUNDS`.
    """
    return options.whole_number(text, MAX_ROUNDS, "rounds")


def run(arguments: Namespace) -> int:
    steps = between(Course(), arguments.a, arguments.b)
    number = arguments.rounds or (4 if len(steps) == 2 else 2)
    load = pairers_load(arguments.users, arguments.run_time, arguments.workers)
    began = time.monotonic()
    line = StatusLine()
    try:
        with run_checkpoints(steps, line.show) as running:
            result = measure(running, load, number, line.show)
            line.show("Making the same requests to all of them …")
            answered = answers(running.checkpoints)
            line.end()
            versions = [checkpoint.version for checkpoint in running.checkpoints]
            baseline = answered[versions[0]]
            changed = {after: differences(baseline, answered[after]) for after in versions[1:]}
            print(heading(versions, arguments, number), flush=True)
            report(running, result, changed, len(baseline))
            verdict = overall(result, versions, changed)
            look = where_to_look(running, result)
    finally:
        line.end()
    mark = paint("✓", "green") if verdict.good else paint("✗", "red")
    print(f"\n{mark} {versions[0]} to {versions[-1]}: {verdict} ({time.monotonic() - began:.0f} s)")
    print(look)
    return Exit.GOOD if verdict.good else Exit.CHECK_FAILED


def between(course: Course, a: int, b: int) -> list[Step]:
    """Return the steps from `a` to `b`.

    Raises `UsageError` if `b` does not come after `a`, or `a` is before the first traced lesson.
    """
    first, last = course.step(a), course.step(b)
    if first.number >= last.number:
        raise UsageError(f"{b} does not come after {a}: ./workshop compare {b} {a}")
    if first.number < FIRST_TRACED:
        raise UsageError(
            f"nothing is traced before lesson {FIRST_TRACED}: begin with that or a later one"
        )
    return [step for step in course.steps if first.number <= step.number <= last.number]


def heading(versions: Sequence[str], arguments: Namespace, number: int) -> str:
    """Return what was done, in one line."""
    return paint(f"{', '.join(versions)} in turns", "bold") + (
        f": one visitor, then {count(arguments.users, 'pairer')} without think time,"
        f" {count(number, 'round')} of {arguments.run_time:g} s for each"
    )


def overall(result: Result, versions: Sequence[str], changed: dict[str, list[str]]) -> Verdict:
    """Return the verdict on the last checkpoint against the first; none between them may have
    changed an answer."""
    all_changed = [difference for answers in changed.values() for difference in answers]
    return judge(result.measurements, versions[0], versions[-1], all_changed, result.failures)
