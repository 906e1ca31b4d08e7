"""What `./workshop check` prints about a result."""

from __future__ import annotations

import pytest

from tutor.checks.report import result_lines
from tutor.checks.runner import Result
from tutor.course.session import Session


@pytest.mark.usefixtures("learner")
@pytest.mark.parametrize("outcome", ["passed", "failed"])
def test_what_was_learned_is_said_once_a_lesson_is_done(outcome):
    session = Session()
    step = session.course.step(1)
    result = Result(1, step.title, "mine/", outcome, "2026-11-20T12:00:00", 1.0)
    lines = result_lines(result, step, session)
    assert ("  learned   A tick on a list is a mark." in lines) == (outcome == "passed")


@pytest.mark.usefixtures("learner")
def test_a_lesson_that_does_not_say_what_it_teaches():
    session = Session()
    step = session.course.step(1)
    (step.folder / "learned.md").unlink()
    result = Result(1, step.title, "mine/", "passed", "2026-11-20T12:00:00", 1.0)
    assert len(result_lines(result, step, session)) == 1
