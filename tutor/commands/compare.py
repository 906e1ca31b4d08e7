"""Run two checkpoints in turns under the same load: is the later one faster, and still right?

Prints side by side what you predicted (mine/predictions.txt), what the what-if foretold from the
traces of the one before, and what was measured (the median of all rounds, and how far they lie
apart); where the time went; and whether every answer of a fixed list is the same.

Checkpoints further apart than one are measured with all between them: the journey. Each runs with a
Redis, a database and ports of its own, as the deploy step-NN, and rounds go there and back (A B,
B A, …), so that a noisy machine hits all alike. Ends with 0 only if B is faster and unchanged.

examples:
  ./workshop compare 11 12
  ./workshop compare 10 16             the whole journey; some minutes
  ./workshop compare 13 14 --users 20 --rounds 6
"""

from __future__ import annotations

import time
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from itertools import pairwise
from urllib.parse import urlencode

from tutor.compare import format
from tutor.compare.attribution import Insight
from tutor.compare.measure import Result, load_of, measure
from tutor.compare.predictions import Foretold, by_learner, by_what_if
from tutor.compare.same_answers import answers, differences
from tutor.compare.verdict import Verdict, judge
from tutor.course.lessons import Course, Step
from tutor.course.predictions import Prediction, PredictionError, read
from tutor.course.workspace import mine_dir
from tutor.durations import run_time
from tutor.errors import Exit, NotReadyError, UsageError
from tutor.load import options
from tutor.sandbox.checkpoints import RunningCheckpoints, run_checkpoints
from tutor.terminal import StatusLine, complain, count, paint

FIRST_TRACED = 6
"""Before this lesson nothing is traced, so there is nothing to attribute."""
MOST_ROUNDS = 20


def add_arguments(parser: ArgumentParser) -> None:
    add = parser.add_argument
    add("a", type=int, metavar="A", help="the lesson whose checkpoint is measured against")
    add("b", type=int, metavar="B", help="the lesson whose checkpoint is to be faster")
    add(
        "--users", type=options.users, default=8, metavar="N", help="pairers at once; 8 unless told"
    )
    add("--run-time", type=run_time, default=5.0, metavar="TIME", help="of each round; 5s")
    add("--rounds", type=rounds, metavar="N", help="4 unless told; 2 where more than two run")
    add("--workers", type=options.workers, default=1, metavar="N", help="Locust's processes; 1")


def rounds(text: str) -> int:
    """How often each checkpoint is put under load."""
    return options.whole(text, MOST_ROUNDS, "rounds")


def run(arguments: Namespace) -> int:
    steps = between(Course(), arguments.a, arguments.b)
    number = arguments.rounds or (4 if len(steps) == 2 else 2)
    load = load_of(arguments.users, arguments.run_time, arguments.workers)
    began = time.monotonic()
    line = StatusLine()
    try:
        with run_checkpoints(steps, line.show) as place:
            result = measure(place, load, number, line.show)
            line.show("Asking all of them for the same things …")
            found = answers(place.checkpoints)
            line.end()
            versions = [each.version for each in place.checkpoints]
            changed = {
                after: differences(found[versions[0]], found[after]) for after in versions[1:]
            }
            print(heading(versions, arguments, number), flush=True)
            tell(place, result, changed, len(found[versions[0]]))
            verdict = judged(result, versions, changed)
    finally:
        line.end()
    mark = paint("✓", "green") if verdict.good else paint("✗", "red")
    print(f"\n{mark} {versions[0]} to {versions[-1]}: {verdict} ({time.monotonic() - began:.0f} s)")
    return Exit.GOOD if verdict.good else Exit.CHECK_FAILED


def between(course: Course, a: int, b: int) -> list[Step]:
    """The steps from `a` to `b`. Raises `UsageError` if that is no way forward."""
    first, last = course.step(a), course.step(b)
    if first.number >= last.number:
        raise UsageError(f"{b} does not come after {a}: ./workshop compare {b} {a}")
    if first.number < FIRST_TRACED:
        raise UsageError(f"before lesson {FIRST_TRACED} nothing is traced; begin there or later")
    return [step for step in course.steps if first.number <= step.number <= last.number]


def heading(versions: Sequence[str], arguments: Namespace, number: int) -> str:
    """What was done."""
    return paint(f"{', '.join(versions)} in turns", "bold") + (
        f": one visitor, then {count(arguments.users, 'pairer')} who do not think,"
        f" {number} × {arguments.run_time:g} s each"
    )


def judged(result: Result, versions: Sequence[str], changed: dict[str, list[str]]) -> Verdict:
    """The last checkpoint against the first; no step between may have changed an answer."""
    all_changed = [each for answers in changed.values() for each in answers]
    return judge(result.measured, versions[0], versions[-1], all_changed, result.failures)


def tell(
    place: RunningCheckpoints, result: Result, changed: dict[str, list[str]], probes: int
) -> None:
    """Print all that was found."""
    versions = [each.version for each in place.checkpoints]
    insight = Insight(place.collector)
    foretold = predictions(place, result, insight)
    if len(versions) == 2:
        a, b = versions
        print("\n" + "\n".join(format.side_by_side(result.measured, a, b)))
        print("\nPredicted:")
        print("\n".join(format.predicted(result.measured, a, b, foretold[b])))
        attribute(place, result, insight, a, b)
    else:
        counts = {version: len(each) for version, each in changed.items()}
        print("\n" + "\n".join(format.journey(result.measured, versions, foretold, counts)))
        print("\nWhere the time of a pairing went, one visitor:")
        for before, after in pairwise(versions):
            if gone := insight.attribution(result.alone, before, after, most=2):
                print(format.in_one_line(after, gone))
    print(f"\nAnswers: {count(probes, 'request')} of each, compared as canonical JSON.")
    for version, each in changed.items():
        print(f"  {version}: " + ("all the same" if not each else f"{len(each)} changed"))
        for difference in each[:5]:
            print(f"    {difference}")
    for failure in result.failures[:5]:
        complain(failure)
    if not place.kept:
        print("The traces are gone with the checkpoints. Beside a stack they stay: ./workshop up")


def predictions(
    place: RunningCheckpoints, result: Result, insight: Insight
) -> dict[str, Sequence[Foretold]]:
    """What was predicted of each step, by its version: by the learner, and by the what-if."""
    try:
        mine: dict[int, Prediction] = read(mine_dir())
    except PredictionError as problem:
        complain(f"your predictions can't be read: {problem}")
        mine = {}
    return {
        after.version: (
            by_learner(mine, after.step.number),
            by_what_if(insight, result, before.version, after.step.number),
        )
        for before, after in pairwise(place.checkpoints)
    }


def attribute(place: RunningCheckpoints, result: Result, insight: Insight, a: str, b: str) -> None:
    """Print where the time went, for one visitor and under load."""
    parts = (
        ("One visitor", result.alone),
        ("New ones at once", result.burst),
        ("Under load", result.crowded),
    )
    for where, mark in parts:
        try:
            found = insight.attribution(mark, a, b)
        except NotReadyError as problem:
            print(f"\n{where}: {problem}")
            continue
        if found:
            print("\n" + "\n".join(format.attributed(found, where)))
            if place.kept:
                print(f"  {paint(compare_page(place.ui, mark, a, b), 'cyan')}")


def compare_page(ui: str, mark: str, a: str, b: str) -> str:
    """Where the UI shows the same two sets of traces."""
    sets = {"a_q": f"load.mark:{mark} version:{a}", "b_q": f"load.mark:{mark} version:{b}"}
    return f"{ui}/compare?{urlencode({'service': 'web', 'resource': 'GET /pair/beer', **sets})}"
