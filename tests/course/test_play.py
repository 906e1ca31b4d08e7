"""The course, played as a new learner would: typing what the lessons say, and nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tutor.course import lesson
from tutor.course.lesson import Command
from tutor.course.lessons import Course, Step
from tutor.course.playground import Playground, playground
from tutor.course.rehearsal import actions

STEPS = Course().steps

RUN_TIME = re.compile(r"--run-time \d+s")
"""A load lasts for a shorter time than the lessons say; what they teach needs more of it."""


@pytest.fixture(scope="module")
def ground() -> Iterator[Playground]:
    """A fresh copy of the repository; the lessons are played in it one after the other."""
    with playground() as made:
        yield made


@pytest.mark.timeout(180)
@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.slug)
def test_what_the_lesson_says_is_enough_to_pass_its_check(ground: Playground, step: Step) -> None:
    for action in actions(lesson.read(step.readme).blocks):
        if isinstance(action, Command):
            type_in(ground, action.text)
        else:
            files = {path.name: path.read_text() for path in written(ground)}
            ground.save(action.apply(files), files)
    assert f"\n{step.number:02} passed " in "\n" + (ground.mine / ".progress").read_text()
    result = json.loads((ground.folder / "data" / "course" / "last-check.json").read_text())
    assert (result["lesson"], result["outcome"]) == (step.number, "passed")


def written(ground: Playground) -> list[Path]:
    """The code and the notes that the learner has."""
    return [*ground.mine.glob("*.py"), *ground.mine.glob("*.txt")]


def type_in(ground: Playground, command: str) -> None:
    """Type a command. The stack is put on ports of its own, or else it would be as it stands."""
    if command == "./workshop up --mine":
        ground.up()
        return
    assert "solve" not in command
    code, printed = ground.run(RUN_TIME.sub("--run-time 8s", command))
    if command.startswith("./workshop"):
        assert code == 0, printed


def test_at_the_end_all_is_done(ground: Playground) -> None:
    assert "You have done all lessons." in ground.workshop("lesson")
    assert f"{len(STEPS)}/{len(STEPS)}, at lesson {STEPS[-1]} (done)." in ground.workshop("status")
    assert not (ground.mine / ".backup").exists()
