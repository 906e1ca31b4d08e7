"""The Course screen: the lessons, how far the learner is, and the last check's result.

All of it is read from files: the lessons from `steps/` (or STEPS_DIR), the progress from the file
that COURSE_STATE names, the last result from `course/last-check.json` in DATA_DIR.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Blueprint, abort, current_app, render_template

from ui import service_marks
from ui.client import Collector, CollectorError
from ui.words.lesson_html import to_html

ROOT = Path(__file__).resolve().parents[2]
FOLDER = re.compile(r"(\d\d)-[a-z0-9-]+")
PROGRESS = re.compile(r"(\d\d) (begun|passed) .*")
RECENT = 8
"""Traces shown beside a lesson."""

blueprint = Blueprint("course", __name__, url_prefix="/course")


@dataclass(frozen=True)
class Lesson:
    """One lesson; `state` is `passed`, `begun` or empty."""

    number: int
    title: str
    state: str
    readme: Path


def exists() -> bool:
    """Whether there are lessons to show."""
    return any(_readmes())


@blueprint.get("")
def current() -> str:
    """The lesson that the learner is at."""
    known = lessons()
    if not known:
        abort(404, "The lessons are not here: STEPS_DIR must name their folder.")
    return _page(known, _current(known))


@blueprint.get("/<int:number>")
def one(number: int) -> str:
    """The lesson with that number."""
    known = lessons()
    for lesson in known:
        if lesson.number == number:
            return _page(known, lesson)
    abort(404, f"There is no lesson {number}.")


@blueprint.get("/glossary")
def glossary() -> str:
    """The words of the trade, which lessons refer to."""
    try:
        text = (ROOT / "docs" / "glossary.md").read_text("utf-8")
    except OSError:
        abort(404, "The glossary is not here.")
    known = lessons()
    return _page(known, None, text)


def lessons() -> list[Lesson]:
    """All lessons in order, with what the learner has done of each."""
    states = _progress()
    return [
        Lesson(number, _title(readme), states.get(number, ""), readme)
        for number, readme in _readmes()
    ]


def last_check() -> dict[str, Any] | None:
    """The last check's result as `./workshop check` left it; None if there was none yet."""
    data = Path(os.environ.get("DATA_DIR") or ROOT / "data")
    try:
        result = json.loads((data / "course" / "last-check.json").read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return result if isinstance(result, dict) else None


def _page(known: list[Lesson], lesson: Lesson | None, text: str = "") -> str:
    collector: Collector = current_app.extensions["collector"]
    try:
        recent = collector.get("/api/traces", limit=RECENT)["traces"]
        marks = service_marks.known(collector)
    except CollectorError:  # the first lessons need none
        recent, marks = [], {}
    return render_template(
        "course.html",
        lessons=known,
        lesson=lesson,
        current=_current(known) if known else None,
        passed=sum(each.state == "passed" for each in known),
        text=to_html(lesson.readme.read_text("utf-8") if lesson else text),
        check=last_check(),
        recent=recent,
        services=marks,
    )


def _current(known: list[Lesson]) -> Lesson:
    """The lesson begun or passed last, or the one after it if that has passed."""
    begun = [at for at, lesson in enumerate(known) if lesson.state]
    if not begun:
        return known[0]
    last = begun[-1]
    return known[min(last + (known[last].state == "passed"), len(known) - 1)]


def _progress() -> dict[int, str]:
    """The state of each lesson that was begun. A line that makes no sense is passed over."""
    path = Path(os.environ.get("COURSE_STATE") or ROOT / "mine" / ".progress")
    try:
        lines = path.read_text("utf-8", "replace").splitlines()
    except OSError:
        return {}
    found = [match for line in lines if (match := PROGRESS.fullmatch(line.strip()))]
    return {int(match[1]): match[2] for match in found}


def _readmes() -> list[tuple[int, Path]]:
    folder = Path(os.environ.get("STEPS_DIR") or ROOT / "steps")
    found = [(FOLDER.fullmatch(path.parent.name), path) for path in folder.glob("*/README.md")]
    return sorted((int(named[1]), path) for named, path in found if named)


def _title(readme: Path) -> str:
    first = readme.read_text("utf-8").partition("\n")[0]
    return re.sub(r"^# (\d+ )?", "", first).strip()
