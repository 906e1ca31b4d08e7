"""What was predicted of a lesson: by the learner, and by the collector's what-if."""

from __future__ import annotations

from dataclasses import dataclass

from tutor.compare.attribution import TraceAnalysis
from tutor.compare.lesson_changes import LESSON_CHANGES
from tutor.compare.measurements import ALONE, BURST, Quantity
from tutor.compare.rounds import Result
from tutor.course.predictions import Prediction
from tutor.durations import readable
from tutor.errors import NotReadyError


@dataclass(frozen=True)
class Forecast:
    """How many times as good (`factor`) somebody (`who`) predicted a `quantity` to become.

    `factor` is None if there is no prediction; `words` say why, or what the learner wrote.
    """

    who: str
    factor: float | None
    quantity: Quantity
    words: str = ""


def by_learner(predictions: dict[int, Prediction], lesson: int) -> Forecast:
    """Return what the learner has predicted of `lesson`; `predictions` are by lesson."""
    quantity = LESSON_CHANGES[lesson].quantity if lesson in LESSON_CHANGES else ALONE
    prediction = predictions.get(lesson)
    if prediction is None:
        return Forecast("you", None, quantity)
    words = ""
    if prediction.before and prediction.after:
        words = f"{readable(prediction.before * 1e9)} -> {readable(prediction.after * 1e9)}"
    return Forecast("you", prediction.factor, quantity, words)


def by_what_if(analysis: TraceAnalysis, result: Result, version: str, lesson: int) -> Forecast:
    """Return what the what-if predicts of `lesson` from the traces of `version`, the checkpoint
    before it.

    If the collector can't say, the comparison goes on without it: `words` then say why.
    """
    change = LESSON_CHANGES.get(lesson)
    if change is None:
        return Forecast("what-if", None, ALONE)
    mark = result.burst_mark if change.quantity is BURST else result.alone_mark
    try:
        factor = analysis.what_if(mark, version, change)
    except NotReadyError as problem:
        return Forecast("what-if", None, change.quantity, str(problem))
    return Forecast("what-if", factor, change.quantity)
