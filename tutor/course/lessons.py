"""The course: which steps there are, in which order, and where each of them is.

The folders of `steps/` are the course: `02-timing-a-route` is lesson 2. There is no other list.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tutor.errors import UsageError
from tutor.paths import ROOT

FOLDER = re.compile(r"(\d\d)-[a-z0-9-]+")
TITLE = re.compile(r"# (?:\d+ )?(.+)")

NOTES = (".txt", ".rules")
"""What the names of notes end in: of predictions, and of the rules of an audit."""


def steps_dir() -> Path:
    """Return the folder of the course: `STEPS_DIR` if set, else `steps/`."""
    return Path(os.environ.get("STEPS_DIR") or ROOT / "steps").resolve()


@dataclass(frozen=True)
class Step:
    """One step: its lesson (`README.md`), its checkpoint (the code at its end) and its check."""

    number: int
    folder: Path

    @property
    def slug(self) -> str:
        """The folder's name, `02-timing-a-route`."""
        return self.folder.name

    @property
    def readme(self) -> Path:
        """The lesson's file."""
        return self.folder / "README.md"

    @cached_property
    def title(self) -> str:
        """The lesson's title without its number; the slug where there is no lesson yet."""
        try:
            first = self.readme.read_text("utf-8").partition("\n")[0]
        except FileNotFoundError:
            first = ""
        title = TITLE.fullmatch(first.strip())
        return title[1] if title else self.slug

    @property
    def learned(self) -> str:
        """What the lesson has taught, and what that is called in the field: a line of Markdown; ""
        where `learned.md` is missing."""
        path = self.folder / "learned.md"
        return path.read_text("utf-8").strip() if path.is_file() else ""

    def checkpoint(self) -> dict[str, str]:
        """Return the code as it stands at the end of the lesson: file name to text."""
        files = sorted(self.folder.glob("*.py"))
        return {path.name: path.read_text("utf-8") for path in files if path.name != "check.py"}

    def notes(self) -> dict[str, str]:
        """Return what the lesson asks the learner to write down, apart from code: file name to
        text."""
        paths = sorted(path for path in self.folder.iterdir() if path.suffix in NOTES)
        return {path.name: path.read_text("utf-8") for path in paths}

    def __str__(self) -> str:
        return f"{self.number:02} {self.title}"


class Course:
    """All steps in `folder`, in order."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or steps_dir()
        folders = {
            int(match[1]): path
            for path in sorted(self.folder.glob("*/"))
            if (match := FOLDER.fullmatch(path.name))
        }
        self.steps = [Step(number, path) for number, path in sorted(folders.items())]

    def step(self, number: int) -> Step:
        """Return the step with that number. Raises `UsageError` if there is none."""
        for step in self.steps:
            if step.number == number:
                return step
        raise UsageError(f"there is no lesson {number}. Lessons: {self._numbers() or 'none'}")

    def _numbers(self) -> str:
        """Return the numbers of all lessons, `1 to 16, 20`."""
        numbers = [step.number for step in self.steps]
        firsts = [n for n in numbers if n - 1 not in numbers]
        lasts = [n for n in numbers if n + 1 not in numbers]
        runs = zip(firsts, lasts, strict=True)
        return ", ".join(f"{a} to {b}" if a < b else str(a) for a, b in runs)

    def before(self, step: Step) -> Step | None:
        """Return the step that comes before; None before the first."""
        index = self.steps.index(step)
        return self.steps[index - 1] if index else None

    def after(self, step: Step) -> Step | None:
        """Return the step that comes next; None after the last."""
        index = self.steps.index(step) + 1
        return self.steps[index] if index < len(self.steps) else None

    def notes(self, step: Step) -> dict[str, str]:
        """Return what a learner has written down by the end of `step`, in this lesson or before."""
        steps = [other for other in self.steps if other.number <= step.number]
        return {name: text for other in steps for name, text in other.notes().items()}

    def files(self, step: Step) -> dict[str, str]:
        """Return all that a learner has by the end of `step`: code and notes."""
        return {**step.checkpoint(), **self.notes(step)}

    def note_files(self) -> set[str]:
        """Return the names of all notes that some lesson asks for."""
        return {name for step in self.steps for name in step.notes()}

    def code_files(self) -> set[str]:
        """Return the names of all files that some checkpoint is made of."""
        return {name for step in self.steps for name in step.checkpoint()}
