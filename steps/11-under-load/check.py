"""Lesson 11 is done once there was load, and you have predicted what the next fixes will give."""

from __future__ import annotations

from tutor.checks import Probe, expect, predictions, same_answers

PREDICTED = {12: "batch", 13: "parallelize", 14: "cache"}
"""The lessons that need a prediction."""

LOAD = "root.service:locust name:match"
QUEUE = "root.service:locust name:match name:db.pool.wait"
MIN_PAIRINGS = 10
"""Fewer are not a load."""

AGAIN = "./workshop load --shape steps --users 8 --run-time 32s --think 0 --visitors pairers"


def check(app: Probe) -> None:
    """Check for traces of visitors who waited for each other, and for predictions."""
    same_answers(app)
    must_have_been_loaded(app)
    must_be_predicted(app)


def must_have_been_loaded(app: Probe) -> None:
    """Check that the collector has pairings of a load test, and that some of them had to queue."""
    made = app.trace_summary(LOAD)["traces"]
    expect(
        made >= MIN_PAIRINGS,
        expected=f"traces of a load test, of {MIN_PAIRINGS} pairings or more",
        seen=f"{made}. Put your app under load: {AGAIN}",
    )
    waited = app.trace_summary(QUEUE)["traces"]
    expect(
        waited,
        expected="visitors who have waited for each other (spans `db.pool.wait`)",
        seen=f"{made} pairings, and nobody has waited. Try more visitors at once: {AGAIN}",
    )
    app.note("load", f"{waited / made:.0%} of {made} pairings have waited for a connection")


def must_be_predicted(app: Probe) -> None:
    """Check that predictions.txt can be read, and has a prediction for each of the next lessons."""
    name = app.code.name_of(predictions.FILE_NAME)
    try:
        predicted = predictions.read(app.target.code)
    except predictions.PredictionError as problem:
        expect(
            False,
            expected=f"a prediction in each line of {name}",
            seen=f"{problem.text}: {problem.problem}",
            look=f"{name}:{problem.line}",
        )
    missing = [f"{number} {slug}" for number, slug in PREDICTED.items() if number not in predicted]
    expect(
        not missing,
        expected=f"a prediction for lessons 12, 13 and 14 in {name}",
        seen=f"none for {', '.join(missing)}" if predicted else "none at all",
        look=name,
        detail=f"A line looks like this:\n{predictions.EXAMPLE_LINES}",
    )
    for number in PREDICTED:
        app.note(f"{number}", f"{predicted[number].factor:.1f}×, you say")
