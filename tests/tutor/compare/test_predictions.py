"""Predictions beside measurements, and what lessons change."""

from __future__ import annotations

from typing import Any

import pytest

from tutor.compare import format, lesson_changes
from tutor.compare.attribution import Attribution, Insight, Shift
from tutor.compare.measure import Result
from tutor.compare.predictions import Foretold, by_learner, by_what_if
from tutor.compare.ratios import ALONE, BURST, FIRST_BYTE, REVIEWS, THROUGHPUT, Measured
from tutor.course.predictions import parse
from tutor.errors import NotReadyError

MINE = parse("12 batch: 640 ms -> 320 ms\n13 parallelize: 5x")


def operation(name: str, times: int = 1, ways: str = "scale batch parallel", calls: float = 1):
    return {
        "service": "web",
        "name": name,
        "resource": "GET",
        "times": times,
        "calls": calls,
        "ways": ways.split(),
    }


def test_a_prediction_is_of_what_the_lesson_cures() -> None:
    times, factor = by_learner(MINE, 12), by_learner(MINE, 13)
    assert (times.factor, times.words, times.quantity) == (2, "640 ms -> 320 ms", ALONE)
    assert (factor.factor, factor.words) == (5, "")
    missing = [by_learner(MINE, lesson) for lesson in (11, 14, 15, 16)]
    assert [each.factor for each in missing] == [None] * 4
    assert [each.quantity for each in missing] == [ALONE, ALONE, BURST, REVIEWS]


def test_lessons_change_what_the_traces_show() -> None:
    found = [
        operation("sqlalchemy.query", 60),
        operation("redis.command", 4),
        operation("requests.request", 12, ways="scale"),
        operation("palate.taste", calls=12),
        operation("match"),
        operation("palate.wait"),
    ]

    for each in found:
        each["type"] = "sql" if each["name"] == "sqlalchemy.query" else "http"

    def named(changes: list[dict[str, Any]]) -> list[tuple[str, str]]:
        return [(each["name"], each["way"]) for each in changes]

    assert named(lesson_changes.batch(found)) == [("sqlalchemy.query", "batch")]
    assert named(lesson_changes.parallel(found)) == [("palate.taste", "parallel")]
    assert named(lesson_changes.cache(found)) == [("match", "cache")]
    assert named(lesson_changes.no_waiting(found)) == [("palate.wait", "scale")]
    assert lesson_changes.no_waiting(found)[0]["factor"] == 0
    assert lesson_changes.index(found) == [], "there is nothing to compare the only query with"


def test_an_index_makes_the_slowest_query_as_quick_as_the_quickest() -> None:
    queries = [
        operation("sqlalchemy.query", calls=2) | {"type": "sql", "critical_mean": 40e6},
        operation("beer") | {"type": "sql", "critical_mean": 2e6},
        operation("redis.command") | {"type": "redis", "critical_mean": 1e6},
    ]
    (change,) = lesson_changes.index(queries)
    assert (change["name"], change["way"], change["factor"]) == ("sqlalchemy.query", "scale", 0.1)


class Silent(Insight):
    """A collector that cannot say."""

    def what_if(self, *_: Any) -> float:
        raise NotReadyError("no answer from the collector")


def test_a_collector_that_cannot_say_does_not_end_the_comparison() -> None:
    said = by_what_if(Silent("http://x"), Result(), "step-11", 12)
    assert (said.factor, said.words) == (None, "no answer from the collector")


@pytest.fixture
def measured() -> Measured:
    found = Measured()
    for version, seconds in (("step-11", 0.64), ("step-12", 0.32), ("step-13", 0.032)):
        for off in (0.99, 1, 1.01):
            found.add(version, ALONE, seconds * off)
            found.add(version, THROUGHPUT, 1 / seconds)
    return found


def test_prediction_and_measurement_stand_side_by_side(measured: Measured) -> None:
    said = [Foretold("you", 2.5, ALONE, "640 ms -> 256 ms"), Foretold("what-if", None, ALONE)]
    mine, what_if = format.predicted(measured, "step-11", "step-12", said)
    assert "2.5× (640 ms -> 256 ms); measured 2.0×" in mine
    assert mine.endswith("+25%")
    assert "no prediction" in what_if


def test_what_was_measured_with_its_spread(measured: Measured) -> None:
    text = "\n".join(format.side_by_side(measured, "step-11", "step-12"))
    assert "640 ms (634 ms–646 ms)" in text
    assert "2.0× ✓" in text
    assert FIRST_BYTE.name not in text, "nothing was measured of it"


def test_the_journey_is_one_line_for_each_step(measured: Measured) -> None:
    versions = ["step-11", "step-12", "step-13"]
    said = {
        "step-12": [Foretold("you", None, ALONE), Foretold("what-if", 1.9, ALONE)],
        "step-13": [Foretold("you", 7, THROUGHPUT), Foretold("what-if", None, THROUGHPUT)],
    }
    changed = {"step-12": 0, "step-13": 2}
    lines = list(format.journey(measured, versions, said, changed))
    assert len(lines) == 5
    assert lines[2].split()[-5:] == ["alone", "-", "1.9×", "2.0×", "same"]
    assert lines[3].split()[-6:] == ["load", "7.0×", "-", "10×", "2", "changed"]
    assert "/pair/beer alone 20×" in lines[4]


def test_the_attribution_adds_up() -> None:
    shifts = [Shift("db query", -120e6, (60, 1)), Shift("taster palate.taste", 5e6, (12, 12))]
    found = Attribution(640e6, 515e6, (16, 16), shifts, -10e6, 9)
    lines = list(format.attributed(found, "One visitor"))
    assert lines[0] == "One visitor: a pairing takes 640 ms -> 515 ms on average (16 and 16 traces)"
    assert "−120 ms  db query  (60 -> 1 calls)" in lines[1]
    assert "+5 ms" in lines[2]
    assert "9 other operations together" in lines[3]
    assert lines[4].strip() == "−125 ms  in all"
