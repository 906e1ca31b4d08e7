"""What was predicted of a lesson: by the learner, and by the collector's what-if."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from tutor.compare import cures
from tutor.compare.insight import Insight
from tutor.compare.measure import Result
from tutor.compare.measured import ALONE, BURST, Quantity
from tutor.course.predictions import FIRST, Prediction
from tutor.durations import readable
from tutor.errors import NotReadyError


@dataclass(frozen=True)
class Foretold:
    """What a pairing's p50 was said to become: `factor` times as fast, as measured in `quantity`;
    None where nobody said."""

    who: str
    factor: float | None
    quantity: Quantity
    words: str = ""


def by_learner(predictions: dict[int, Prediction], a: int, b: int) -> Foretold:
    """The learner's prediction for all lessons after `a` up to `b`, multiplied."""
    lessons = [number for number in range(a + 1, b + 1) if number >= FIRST]
    quantity = BURST if lessons == [15] else ALONE
    known = [predictions[number] for number in lessons if number in predictions]
    if not known or len(known) < len(lessons):
        return Foretold("you", None, quantity)
    words = ""
    if len(known) == 1 and (before := known[0].before) and (after := known[0].after):
        words = f"{readable(before * 1e9)} -> {readable(after * 1e9)}"
    return Foretold("you", prod(each.factor for each in known), quantity, words)


def by_what_if(insight: Insight, result: Result, version: str, lesson: int) -> Foretold:
    """What the traces of the checkpoint before foretell of `lesson`.

    A collector that cannot say is no reason to give up the comparison: the words say so.
    """
    many = lesson in cures.BURST
    quantity = BURST if many else ALONE
    cure = (cures.BURST if many else cures.ALONE).get(lesson)
    if cure is None:
        return Foretold("what-if", None, quantity)
    try:
        factor = insight.what_if(result.burst if many else result.alone, version, cure)
    except NotReadyError as problem:
        return Foretold("what-if", None, quantity, str(problem))
    return Foretold("what-if", factor, quantity)
