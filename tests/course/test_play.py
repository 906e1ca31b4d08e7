"""The first half of the course, played as a new learner would: typing what the lessons say, and
nothing else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.course.playing import SECOND_HALF, play
from tutor.course.lessons import Course, Step
from tutor.coursecheck.playground import Playground, playground

COURSE = Course()
STEPS = [step for step in COURSE.steps if step.number < SECOND_HALF]


@pytest.fixture(scope="module")
def ground() -> Iterator[Playground]:
    """A fresh copy of the repository; the lessons are played in it one after the other."""
    with playground() as made:
        yield made


@pytest.mark.timeout(180)
@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.slug)
def test_what_the_lesson_says_is_enough_to_pass_its_check(ground: Playground, step: Step) -> None:
    play(ground, step)


def test_after_the_first_half_the_second_is_next(ground: Playground) -> None:
    done = f"{len(STEPS)}/{len(COURSE.steps)}, at lesson {STEPS[-1]} (done)."
    assert done in ground.workshop("status")
    assert f"# {COURSE.step(SECOND_HALF)}" in ground.workshop("lesson")
    assert not (ground.mine / ".backup").exists()
