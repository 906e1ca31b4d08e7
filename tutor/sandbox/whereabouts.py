"""Where a learner's script is: asked by a check, answered by the process that runs the script.

The two have only the learner's folder in common: in Docker they run in different containers. A
question is the file `mine/.web.where`, the answer is `mine/.web.here`.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import astuple
from pathlib import Path

from tutor.sandbox.reload_state import state_file
from tutor.sandbox.thread_dump import Frame

TIMEOUT_S = 4.0
"""The time that an answer may take. There is none while the script does not run."""


def ask(folder: Path, name: str) -> list[Frame]:
    """Return where the script `name` is in the code of `folder`, in the requests that it has not
    answered; nothing if nobody can say."""
    question, answer = question_file(folder, name), answer_file(folder, name)
    with suppress(OSError, ValueError, TypeError):  # not our folder, or not our answer
        if not state_file(folder, name).exists():
            return []
        answer.unlink(missing_ok=True)
        question.touch()
        deadline = time.monotonic() + TIMEOUT_S
        while not answer.exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        question.unlink(missing_ok=True)
        if answer.exists():
            frames = [Frame(*frame) for frame in json.loads(answer.read_text("utf-8"))]
            answer.unlink()
            return frames
    return []


def is_asked(folder: Path, name: str) -> bool:
    """Return whether there is a question about the script `name`."""
    return question_file(folder, name).exists()


def answer(folder: Path, name: str, frames: Sequence[Frame]) -> None:
    """Answer the question. A reader finds the whole answer, or none."""
    path = answer_file(folder, name)
    with suppress(OSError):
        fresh = path.with_name(f"{path.name}.new")
        fresh.write_text(json.dumps([astuple(frame) for frame in frames]), "utf-8")
        question_file(folder, name).unlink(missing_ok=True)
        fresh.replace(path)


def question_file(folder: Path, name: str) -> Path:
    """Return the file that is a question."""
    return folder / f".{name}.where"


def answer_file(folder: Path, name: str) -> Path:
    """Return the file that is the answer."""
    return folder / f".{name}.here"
