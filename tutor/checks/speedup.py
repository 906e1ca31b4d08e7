"""How many times as fast the learner's code is as the baseline, both asked in turns.

Whatever else the machine does hits both alike. What counts is the quickest request of each: it is
the one that the machine has disturbed least.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tutor.checks.answers import difference
from tutor.checks.baseline import Baseline
from tutor.checks.probe import Probe, Reply
from tutor.course import predictions
from tutor.course.predictions import PredictionError
from tutor.durations import readable
from tutor.failure import expect

PAIRINGS = tuple(f"/pair/beer?name={beer}" for beer in ("saison", "porter", "gose"))
"""What both are asked for, unless told: the same work, and different answers."""

MAY_DIFFER = ("untasted",)
"""What of an answer depends on how patient the app is, and so is not compared."""


@dataclass(frozen=True)
class Speedup:
    """What came of it: the replies of the baseline, whose code is that of `lesson`, and those of
    the learner's code, in the order in which they were asked for."""

    lesson: int
    before: Sequence[Reply]
    now: Sequence[Reply]

    @property
    def before_s(self) -> float:
        """Seconds that the baseline takes."""
        return min(reply.seconds for reply in self.before)

    @property
    def now_s(self) -> float:
        """Seconds that the learner's code takes."""
        return min(reply.seconds for reply in self.now)

    @property
    def ratio(self) -> float:
        """How many times as fast the learner's code is."""
        return self.before_s / self.now_s


def in_turns(app: Probe, before: Baseline, paths: Sequence[str] = PAIRINGS) -> Speedup:
    """Ask both for each of `paths`, one after the other, and hold their answers together.

    Raises `CheckFailed` if they answer differently.
    """
    asked = (before.probe, app)
    before.probe.get(paths[0])  # the first request makes connections; the learner's app has some
    replies: tuple[list[Reply], list[Reply]] = ([], [])
    for turn, path in enumerate(paths):
        for index in (0, 1) if turn % 2 else (1, 0):
            replies[index].append(asked[index].get(path))
        must_answer_alike(app, before, path, replies[0][-1], replies[1][-1])
    return Speedup(before.step.number, *replies)


def must_answer_alike(app: Probe, before: Baseline, path: str, theirs: Reply, mine: Reply) -> None:
    """Raises `CheckFailed` if `mine` lacks something of what the baseline answers to `path`."""
    differs = difference(_compared(theirs.json()), _compared(mine.json()))
    expect(
        not differs,
        expected=f"the same answer to {path} as from the code of lesson {before.step.number}",
        seen=differs,
        look=app.code.place(path.partition("?")[0]),
    )


def must_be_faster(
    app: Probe, lesson: int, speedup: Speedup, at_least: float, look: str, detail: str = ""
) -> None:
    """Raises `CheckFailed` if it is not `at_least` so many times as fast.

    Notes what was measured, and what the learner has predicted for `lesson`.
    """
    before, now = (readable(seconds * 1e9) for seconds in (speedup.before_s, speedup.now_s))
    app.note("before", f"{before} with the code of lesson {speedup.lesson}")
    app.note("now", f"{now}, the quickest of {len(speedup.now)} each, asked in turns")
    note_ratio(app, lesson, speedup.ratio)
    expect(
        speedup.ratio >= at_least,
        expected=f"an answer at least {at_least:g} times as fast as with the code of lesson"
        f" {speedup.lesson}",
        seen=f"{speedup.ratio:.1f} times: {before} before, {now} now (the quickest of"
        f" {len(speedup.now)} each, asked in turns)",
        look=look,
        trace=f"{app.target.ui}/trace/{speedup.now[-1].trace_id}",
        detail=detail,
    )


def note_ratio(app: Probe, lesson: int, ratio: float) -> None:
    """Note how many times as fast it is, beside what the learner has predicted for `lesson`."""
    app.note("ratio", f"{ratio:.1f}×{predicted(app, lesson, ratio)}")


def predicted(app: Probe, lesson: int, measured: float) -> str:
    """What the learner has predicted for a lesson, and how far off that is, in words."""
    try:
        prediction = predictions.read(app.target.code).get(lesson)
    except PredictionError as problem:
        return f"; your {predictions.FILE} can't be read: {problem}"
    if prediction is None:
        return f"; there is no prediction of it in {app.code.name_of(predictions.FILE)}"
    return f"; you predicted {prediction.factor:.1f}×, off by {abs(prediction.off(measured)):.0%}"


def _compared(body: Any) -> Any:
    if not isinstance(body, dict):
        return body
    return {key: value for key, value in body.items() if key not in MAY_DIFFER}
