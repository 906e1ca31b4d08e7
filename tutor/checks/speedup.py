"""How many times as fast the learner's code is as the baseline, both asked in turns.

Whatever else the machine does disturbs both alike. The quickest request of each counts: it is the
one that was disturbed least.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tutor.checks.answers import first_difference
from tutor.checks.baseline import Baseline
from tutor.checks.probe import Probe, Reply
from tutor.course import predictions
from tutor.course.predictions import PredictionError
from tutor.durations import readable
from tutor.failure import expect

PAIRINGS = tuple(f"/pair/beer?name={beer}" for beer in ("saison", "porter", "gose"))
"""The default paths to ask both for: the same work, and different answers."""

MAY_DIFFER = ("untasted",)
"""The keys of an answer that depend on how patient the app is, and so are not compared."""


@dataclass(frozen=True)
class Speedup:
    """The replies of the baseline (`before`), which runs the code of `lesson`, and those of the
    learner's code (`now`), in the order in which they were asked for."""

    lesson: int
    before: Sequence[Reply]
    now: Sequence[Reply]

    @property
    def before_s(self) -> float:
        """The seconds that the baseline takes."""
        return min(reply.seconds for reply in self.before)

    @property
    def now_s(self) -> float:
        """The seconds that the learner's code takes."""
        return min(reply.seconds for reply in self.now)

    @property
    def ratio(self) -> float:
        """How many times as fast the learner's code is."""
        return self.before_s / self.now_s


def measure_speedup(app: Probe, before: Baseline, paths: Sequence[str] = PAIRINGS) -> Speedup:
    """Ask both for each of `paths`, one after the other, and compare their answers.

    Raises `CheckFailed` if they answer differently.
    """
    before.probe.get(paths[0])  # the first request opens connections; the learner's app has some
    theirs: list[Reply] = []
    mine: list[Reply] = []
    for turn, path in enumerate(paths):
        pair = [(before.probe, theirs), (app, mine)]
        for probe, replies in pair if turn % 2 else reversed(pair):
            replies.append(probe.get(path))
        must_answer_alike(app, before, path, theirs[-1], mine[-1])
    return Speedup(before.step.number, theirs, mine)


def must_answer_alike(app: Probe, before: Baseline, path: str, theirs: Reply, mine: Reply) -> None:
    """Check that `mine` has all of `theirs`, the baseline's answer to `path`.

    Raises `CheckFailed` if part of it is missing.
    """
    problem = first_difference(_compared(theirs.json()), _compared(mine.json()))
    expect(
        not problem,
        expected=f"the same answer to {path} as from the code of lesson {before.step.number}",
        seen=problem,
        look=app.code.place(path.partition("?")[0]),
    )


def must_be_faster(
    app: Probe, lesson: int, speedup: Speedup, at_least: float, look: str, detail: str = ""
) -> None:
    """Note what was measured, and what the learner has predicted for `lesson`.

    Raises `CheckFailed` if the learner's code is not `at_least` that many times as fast.
    """
    before, now = (readable(seconds * 1e9) for seconds in (speedup.before_s, speedup.now_s))
    app.note("before", f"{before} with the code of lesson {speedup.lesson}")
    app.note("now", f"{now}, the quickest of {len(speedup.now)} each, asked in turns")
    note_ratio(app, lesson, speedup.ratio)
    expect(
        speedup.ratio >= at_least,
        expected=f"an answer at least {at_least:g} times as fast as with the code of lesson"
        f" {speedup.lesson}",
        seen=f"{speedup.ratio:.1f} times as fast: {before} before, {now} now (the quickest of"
        f" {len(speedup.now)} each, asked in turns)",
        look=look,
        trace=f"{app.target.ui}/trace/{speedup.now[-1].trace_id}",
        detail=detail,
    )


def note_ratio(app: Probe, lesson: int, ratio: float) -> None:
    """Note how many times as fast it is, and what the learner has predicted for `lesson`."""
    app.note("ratio", f"{ratio:.1f}×; {prediction_note(app, lesson, ratio)}")


def prediction_note(app: Probe, lesson: int, measured: float) -> str:
    """Say what the learner has predicted for a lesson, and how far off that is."""
    try:
        prediction = predictions.read(app.target.code).get(lesson)
    except PredictionError as problem:
        return f"your {predictions.FILE_NAME} can't be read: {problem}"
    if prediction is None:
        return f"there is no prediction for it in {app.code.name_of(predictions.FILE_NAME)}"
    error = abs(prediction.relative_error(measured))
    return f"you predicted {prediction.factor:.1f}×, off by {error:.0%}"


def _compared(body: Any) -> Any:
    if not isinstance(body, dict):
        return body
    return {key: value for key, value in body.items() if key not in MAY_DIFFER}
