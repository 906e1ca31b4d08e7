"""What a comparison says last: where to look at it."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from tutor.compare.report import where_to_look
from tutor.compare.rounds import Result
from tutor.course.lessons import Course
from tutor.sandbox.checkpoints import RunningCheckpoint, RunningCheckpoints
from tutor.sandbox.target import Target

UI = "http://127.0.0.1:18080"


@pytest.fixture
def compared() -> list[RunningCheckpoint]:
    target = Target("", Path(), Path(), web="", taster="", collector="", ui=UI)
    return [RunningCheckpoint(Course().step(number), target) for number in (11, 12, 13)]


def test_it_ends_with_the_page_that_compares_first_and_last(
    compared: list[RunningCheckpoint],
) -> None:
    result = Result()
    words = where_to_look(RunningCheckpoints(compared, "", UI, kept=True), result)
    assert words.startswith("See the traces of step-11 and step-13 side by side: ")
    link = urlsplit(words.rpartition(" ")[2])
    assert f"{link.scheme}://{link.netloc}{link.path}" == f"{UI}/compare"
    sets = parse_qs(link.query)
    assert sets["a_q"] == [f"load.mark:{result.alone_mark} version:step-11"]
    assert sets["b_q"] == [f"load.mark:{result.alone_mark} version:step-13"]


def test_without_a_stack_it_says_how_to_get_one(compared: list[RunningCheckpoint]) -> None:
    words = where_to_look(RunningCheckpoints(compared, "", UI, kept=False), Result())
    assert words.endswith("start a stack that keeps them and compare again: ./workshop up")
    assert "http" not in words
