"""Reading what a learner has predicted."""

from __future__ import annotations

import pytest

from tutor.course import predictions
from tutor.course.lessons import Course
from tutor.course.predictions import Prediction, PredictionError, parse


def test_two_times_or_a_factor():
    parsed = parse("# mine\n\n12 batch: 640 ms -> 320 ms  # one query\n13: 8x\n")
    assert parsed == {
        12: Prediction(12, 2.0, 0.64, 0.32, "one query"),
        13: Prediction(13, 8.0),
    }


@pytest.mark.parametrize(
    ("line", "factor"),
    [
        ("14:12 x", 12),
        ("Lesson 14: 12 times", 12),
        ("14 cache: 1.2 s to 100 ms", 12),
        ("14 cache:   0.6s→50ms   # asked before", 12),
        ("14 cache: 12×", 12),
        ("14: 1x", 1),
    ],
)
def test_however_it_is_written(line, factor):
    assert parse(line)[14].factor == pytest.approx(factor)


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("12: 2x\n13: ? ms -> ? ms", 2, "'? ms -> ? ms' is neither two times nor a factor"),
        ("12 batch 2x", 1, "the number of a lesson and a colon"),
        ("batch: 2x", 1, "the number of a lesson and a colon"),
        ("12:", 1, "'nothing' is neither"),
        ("12: 300 ms", 1, "neither two times nor a factor"),
        ("11: 2x", 1, "nothing to predict for lesson 11, only for 12 to 16"),
        ("12: 2x\n# again\n12: 3x", 3, "lesson 12 has a prediction already"),
        ("12: 300 ms -> 640 ms", 1, "slower"),
        ("12: 640 ms -> 0 ms", 1, "everything takes some time"),
        ("12: 1000000x", 1, "too good to be true"),
    ],
)
def test_what_is_none_is_named_with_its_line(text, line, problem):
    with pytest.raises(PredictionError, match=f"line {line}: ") as raised:
        parse(text)
    assert problem in raised.value.problem
    assert raised.value.line == line


def test_how_far_off():
    assert Prediction(12, 2.5).relative_error(2.0) == pytest.approx(0.25)
    assert Prediction(12, 1.5).relative_error(2.0) == pytest.approx(-0.25)


def test_nothing_is_predicted_where_there_is_no_file(tmp_path):
    assert predictions.read(tmp_path) == {}


@pytest.mark.skipif(len(Course().steps) < 11, reason="no lesson asks for predictions yet")
def test_those_of_the_course_can_be_read():
    predicted = predictions.read(Course().step(11).folder)
    assert {12, 13, 14} <= predicted.keys()
