"""What was predicted of a lesson: by the learner, and by the collector's what-if."""

from __future__ import annotations

from dataclasses import dataclass

from tutor.compare.attribution import Insight
from tutor.compare.lesson_changes import CURES
from tutor.compare.measure import Result
from tutor.compare.ratios import ALONE, BURST, Quantity
from tutor.course.predictions import Prediction
from tutor.durations import readable
from tutor.errors import NotReadyError


@dataclass(frozen=True)
class Foretold:
    """What was said to become of a `quantity`: `factor` times as good; None where nobody said."""

    who: str
    factor: float | None
    quantity: Quantity
    words: str = ""


def by_learner(predictions: dict[int, Prediction], lesson: int) -> Foretold:
    """What the learner has predicted of `lesson`."""
    quantity = CURES[lesson].quantity if lesson in CURES else ALONE
    known = predictions.get(lesson)
    if known is None:
        return Foretold("you", None, quantity)
    words = ""
    if known.before and known.after:
        words = f"{readable(known.before * 1e9)} -> {readable(known.after * 1e9)}"
    return Foretold("you", known.factor, quantity, words)


def by_what_if(insight: Insight, result: Result, version: str, lesson: int) -> Foretold:
    """What the traces of the checkpoint before foretell of `lesson`.

    A collector that cannot say is no reason to give up the comparison: the words say so.
    """
    cure = CURES.get(lesson)
    if cure is None:
        return Foretold("what-if", None, ALONE)
    mark = result.burst if cure.quantity is BURST else result.alone
    try:
        factor = insight.what_if(mark, version, cure)
    except NotReadyError as problem:
        return Foretold("what-if", None, cure.quantity, str(problem))
    return Foretold("what-if", factor, cure.quantity)
