"""Lesson 11 is done once there was load, and the cures to come have been predicted."""

from __future__ import annotations

from tutor.checks import PredictionError, Probe, expect, predictions, same_answers

PREDICTED = {12: "batch", 13: "parallelize", 14: "cache"}
"""The lessons that a prediction is wanted for."""

LOAD = "root.service:locust name:match"
QUEUE = "root.service:locust name:match name:db.pool.wait"
PAIRINGS = 10
"""Fewer are no load."""

AGAIN = "./workshop load --shape steps --users 8 --run-time 32s --think 0 --visitors pairers"


def check(app: Probe) -> None:
    """Traces of visitors who have waited for each other, and a prediction for each next lesson."""
    same_answers(app)
    there_was_load(app)
    predicted(app)


def there_was_load(app: Probe) -> None:
    """The collector has pairings of a load test, and some of them stood in a queue."""
    made = app.trace_summary(LOAD)["traces"]
    expect(
        made >= PAIRINGS,
        expected=f"traces of a load test, of {PAIRINGS} pairings or more",
        seen=f"{made}. Put your app under load: {AGAIN}",
    )
    waited = app.trace_summary(QUEUE)["traces"]
    expect(
        waited,
        expected="that visitors have waited for each other (spans `db.pool.wait`)",
        seen=f"{made} pairings, and nobody has waited. More visitors at once: {AGAIN}",
    )
    app.note("load", f"{waited / made:.0%} of {made} pairings have waited for a connection")


def predicted(app: Probe) -> None:
    """predictions.txt can be read, and has something to say of each of the next lessons."""
    name = app.code.name_of(predictions.FILE_NAME)
    try:
        found = predictions.read(app.target.code)
    except PredictionError as problem:
        expect(
            False,
            expected=f"a prediction in each line of {name}",
            seen=f"{problem.text}: {problem.problem}",
            look=f"{name}:{problem.line}",
        )
    missing = [f"{number} {slug}" for number, slug in PREDICTED.items() if number not in found]
    expect(
        not missing,
        expected=f"a prediction for lessons 12, 13 and 14 in {name}",
        seen=f"none for {', '.join(missing)}" if found else "none at all",
        look=name,
        detail=f"A line is such as\n{predictions.EXAMPLE_LINES}",
    )
    for number in PREDICTED:
        app.note(f"{number}", f"{found[number].factor:.1f}×, you say")
