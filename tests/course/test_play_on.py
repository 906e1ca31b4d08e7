"""The second half of the course, played by somebody who begins with the code of lesson 10."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.course.playing import SECOND_HALF, play
from tutor.course.lessons import Course, Step
from tutor.coursecheck.playground import Playground, playground

STEPS = [step for step in Course().steps if step.number >= SECOND_HALF]


@pytest.fixture(scope="module")
def ground() -> Iterator[Playground]:
    """A copy of the repository in which the app of lesson 10 runs."""
    with playground() as made:
        made.workshop("solve", str(SECOND_HALF - 1), "--yes")
        made.up()
        yield made


@pytest.mark.timeout(180)
@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.slug)
def test_what_the_lesson_says_is_enough_to_pass_its_check(ground: Playground, step: Step) -> None:
    play(ground, step)


def test_at_the_end_all_is_done(ground: Playground) -> None:
    assert "You have done all lessons." in ground.workshop("lesson")
    assert f", at lesson {STEPS[-1]} (done)." in ground.workshop("status")
    assert not (ground.mine / ".backup").exists()
