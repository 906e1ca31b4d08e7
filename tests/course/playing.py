"""Playing a lesson as a learner would: typing what it says, and nothing else."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tutor.course import lesson_markdown
from tutor.course.lesson_markdown import Command
from tutor.course.lessons import Step
from tutor.coursecheck.play_lesson import actions
from tutor.coursecheck.playground import Playground

SECOND_HALF = 11
"""The first lesson that makes the app faster."""

RUN_TIME = re.compile(r"--run-time \d+s")
"""A load lasts for a shorter time than the lessons say; what they teach needs more of it."""


def play(ground: Playground, step: Step) -> None:
    """Do what the lesson of `step` says. Its check, which it tells one to run, must pass."""
    for action in actions(lesson_markdown.read(step.readme).blocks):
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
