"""The course as files: the lessons, how far the learner is, and what the checks say.

The lessons are in `steps/` (or STEPS_DIR), the progress in the file that COURSE_STATE names, the
last check's result and what is being checked in the folder `course` in DATA_DIR.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ui import workshop

ROOT = Path(__file__).resolve().parents[1]
FOLDER = re.compile(r"(\d\d)-[a-z0-9-]+")
PROGRESS = re.compile(r"(\d\d) (begun|passed) .*")


@dataclass(frozen=True)
class Lesson:
    """One lesson; `state` is `passed`, `begun` or empty."""

    number: int
    title: str
    state: str
    readme: Path

    @property
    def learned(self) -> str:
        """What it has taught, and what that is called in the field (Markdown); empty if the file
        that says so is missing."""
        return _text(self.readme.with_name("learned.md"))


def exist() -> bool:
    """Return whether there are lessons to show."""
    return any(_readmes())


def numbers() -> set[int]:
    """Return the numbers of the lessons that can be shown."""
    return {number for number, _ in _readmes()}


def lessons() -> list[Lesson]:
    """Return all lessons in order, each with what the learner has done of it."""
    states = _progress()
    return [
        Lesson(number, _title(readme), states.get(number, ""), readme)
        for number, readme in _readmes()
    ]


def current(course: list[Lesson]) -> Lesson:
    """Return the lesson begun or passed last, or the one after it if that has been passed."""
    touched = [index for index, lesson in enumerate(course) if lesson.state]
    if not touched:
        return course[0]
    last = touched[-1]
    return course[min(last + (course[last].state == "passed"), len(course) - 1)]


def last_check() -> dict[str, Any] | None:
    """Return the last check's result as `./workshop check` left it; None if there is none."""
    return _object(_text(_results() / "last-check.json"))


def running_check() -> dict[str, Any] | None:
    """Return what `./workshop check` is doing now, as it says in a file that it keeps locked; None
    if none is running."""
    try:
        with open(_results() / "running-check.json", encoding="utf-8") as file:
            if not _is_locked(file.fileno()):
                return None
            return _object(file.read())
    except (OSError, UnicodeError):
        return None


def glossary() -> str | None:
    """Return the glossary's Markdown; None if its file is missing."""
    return _text(ROOT / "docs" / "glossary.md") or None


def _progress() -> dict[int, str]:
    """Return the state of each lesson that was begun; lines that make no sense are skipped."""
    path = Path(os.environ.get("COURSE_STATE") or ROOT / "mine" / ".progress")
    lines = _text(path).splitlines()
    matches = [match for line in lines if (match := PROGRESS.fullmatch(line.strip()))]
    return {int(match[1]): match[2] for match in matches}


def _readmes() -> list[tuple[int, Path]]:
    if not workshop.is_here():
        return []
    folder = Path(os.environ.get("STEPS_DIR") or ROOT / "steps")
    readmes = [(FOLDER.fullmatch(path.parent.name), path) for path in folder.glob("*/README.md")]
    return sorted((int(match[1]), path) for match, path in readmes if match)


def _title(readme: Path) -> str:
    first_line = readme.read_text("utf-8").partition("\n")[0]
    return re.sub(r"^# (\d+ )?", "", first_line).strip()


def _results() -> Path:
    return Path(os.environ.get("DATA_DIR") or ROOT / "data") / "course"


def _text(path: Path) -> str:
    """Return a file's text without the space around it; empty if it cannot be read."""
    try:
        return path.read_text("utf-8", "replace").strip()
    except OSError:
        return ""


def _object(text: str) -> dict[str, Any] | None:
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _is_locked(file: int) -> bool:
    """Return whether another process has locked an open file."""
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False
