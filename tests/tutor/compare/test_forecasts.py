"""What was predicted of a lesson."""

from __future__ import annotations

from typing import Any

from tutor.compare.attribution import TraceAnalysis
from tutor.compare.forecasts import by_learner, by_what_if
from tutor.compare.measurements import ALONE, BURST, REVIEWS
from tutor.compare.rounds import Result
from tutor.course.predictions import parse
from tutor.errors import NotReadyError

MINE = parse("12 batch: 640 ms -> 320 ms\n13 parallelize: 5x")


def test_a_prediction_is_of_the_quantity_that_the_lesson_changes() -> None:
    times, factor = by_learner(MINE, 12), by_learner(MINE, 13)
    assert (times.factor, times.words, times.quantity) == (2, "640 ms -> 320 ms", ALONE)
    assert (factor.factor, factor.words) == (5, "")
    missing = [by_learner(MINE, lesson) for lesson in (11, 14, 15, 16)]
    assert [forecast.factor for forecast in missing] == [None] * 4
    assert [forecast.quantity for forecast in missing] == [ALONE, ALONE, BURST, REVIEWS]


class NoAnswer(TraceAnalysis):
    """A collector that can't say."""

    def what_if(self, *_: Any) -> float:
        raise NotReadyError("no answer from the collector")


def test_a_collector_that_cannot_say_does_not_end_the_comparison() -> None:
    forecast = by_what_if(NoAnswer("http://x"), Result(), "step-11", 12)
    assert (forecast.factor, forecast.words) == (None, "no answer from the collector")
