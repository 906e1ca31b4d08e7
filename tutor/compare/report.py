"""The report of a comparison: everything that `./workshop compare` prints but the verdict."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from urllib.parse import urlencode

from tutor.compare import tables
from tutor.compare.attribution import TraceAnalysis, search
from tutor.compare.forecasts import Forecast, by_learner, by_what_if
from tutor.compare.rounds import Result
from tutor.course.predictions import FILE_NAME, Prediction, PredictionError, read
from tutor.errors import NotReadyError
from tutor.paths import mine_dir
from tutor.sandbox.checkpoints import RunningCheckpoints
from tutor.terminal import complain, count, paint, printable


def report(
    running: RunningCheckpoints,
    result: Result,
    changed: dict[str, list[str]],
    number_of_requests: int,
) -> None:
    """Print everything but the verdict; `changed` are the differences in answers, by version."""
    versions = [checkpoint.version for checkpoint in running.checkpoints]
    analysis = TraceAnalysis(running.collector)
    forecasts = predictions(running, result, analysis)
    if len(versions) == 2:
        a, b = versions
        print("\n" + "\n".join(tables.side_by_side(result.measurements, a, b)))
        print(f"\nPredicted, by you ({FILE_NAME}) and by the what-if (from the traces of {a}):")
        print("\n".join(tables.predicted(result.measurements, a, b, forecasts[b])))
        attribute(running, result, analysis, a, b)
    else:
        counts = {version: len(answers) for version, answers in changed.items()}
        lines = tables.journey(result.measurements, versions, forecasts, counts)
        print("\n" + "\n".join(lines))
        print("\nWhere the time of a pairing went, with one visitor:")
        for before, after in pairwise(versions):
            mark = result.alone_mark
            if attribution := analysis.attribution(mark, before, after, max_shifts=2):
                print(tables.in_one_line(after, attribution))
    requests = count(number_of_requests, "request")
    print(f"\nAnswers: {requests} to each, compared as canonical JSON.")
    for version, answers in changed.items():
        print(f"  {version}: {f'{len(answers)} changed' if answers else 'all the same'}")
        for difference in answers[:5]:
            print(f"    {printable(difference)}")
    for failure in result.failures[:5]:
        complain(printable(failure))


def predictions(
    running: RunningCheckpoints, result: Result, analysis: TraceAnalysis
) -> dict[str, Sequence[Forecast]]:
    """Return what the learner and the what-if predicted of each step, by its version."""
    try:
        mine: dict[int, Prediction] = read(mine_dir())
    except PredictionError as problem:
        complain(f"your predictions can't be read: {problem}")
        mine = {}
    return {
        after.version: (
            by_learner(mine, after.step.number),
            by_what_if(analysis, result, before.version, after.step.number),
        )
        for before, after in pairwise(running.checkpoints)
    }


def attribute(
    running: RunningCheckpoints, result: Result, analysis: TraceAnalysis, a: str, b: str
) -> None:
    """Print where the time went, for one visitor and under load."""
    parts = (
        ("One visitor", result.alone_mark),
        ("New ones at once", result.burst_mark),
        ("Under load", result.load_mark),
    )
    for where, mark in parts:
        try:
            attribution = analysis.attribution(mark, a, b)
        except NotReadyError as problem:
            print(f"\n{where}: {problem}")
            continue
        if attribution:
            print("\n" + "\n".join(tables.attributed(attribution, where)))
            if running.kept:
                print(f"  {paint(compare_page(running.ui, mark, a, b), 'cyan')}")


def where_to_look(running: RunningCheckpoints, result: Result) -> str:
    """Return how to see the first checkpoint and the last one side by side, as the visitor who came
    alone has met them."""
    a, b = running.checkpoints[0].version, running.checkpoints[-1].version
    if running.kept:
        link = paint(compare_page(running.ui, result.alone_mark, a, b), "cyan")
        return f"See the traces of {a} and {b} side by side: {link}"
    return (
        f"To see the traces of {a} and {b} side by side, as pictures, start a stack that keeps them"
        " and compare again: ./workshop up"
    )


def compare_page(ui: str, mark: str, a: str, b: str) -> str:
    """Return the address at which the UI compares the same two sets of traces."""
    sets = {"a_q": search(mark, a), "b_q": search(mark, b)}
    return f"{ui}/compare?{urlencode({'service': 'web', 'resource': 'GET /pair/beer', **sets})}"
