"""The Course screen: the lessons, how far the learner is, the last check, and recent traces."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, abort, render_template
from markupsafe import Markup

from ui import lessons
from ui.client import CollectorError
from ui.lessons import Lesson
from ui.screen import Answer, Services, ask, services
from ui.words.lesson_html import to_html

MAX_RECENT_TRACES = 8
"""Traces shown beside a lesson."""

blueprint = Blueprint("course", __name__, url_prefix="/course")


@dataclass(frozen=True)
class CourseView:
    """What the page shows: a lesson, or the glossary if `lesson` is None."""

    course: list[Lesson]
    lesson: Lesson | None
    text: Markup
    recent: list[Answer]
    check: Answer | None

    @property
    def current(self) -> Lesson | None:
        """The lesson that the learner is at; None if there are none."""
        return lessons.current(self.course) if self.course else None

    @property
    def passed(self) -> int:
        """The number of lessons done."""
        return sum(lesson.state == "passed" for lesson in self.course)


@blueprint.get("")
def current() -> str:
    """Show the lesson that the learner is at."""
    course = lessons.lessons()
    if not course:
        abort(404, "The lessons are not here: set STEPS_DIR to their folder.")
    return _lesson_page(course, lessons.current(course))


@blueprint.get("/<int:number>")
def one(number: int) -> str:
    """Show the lesson with that number."""
    course = lessons.lessons()
    for lesson in course:
        if lesson.number == number:
            return _lesson_page(course, lesson)
    abort(404, f"There is no lesson {number}.")


@blueprint.get("/glossary")
def glossary() -> str:
    """Show the terms that the lessons refer to."""
    text = lessons.glossary()
    if text is None:
        abort(404, "The glossary is not here.")
    return _page(lessons.lessons(), None, text)


def _lesson_page(course: list[Lesson], lesson: Lesson) -> str:
    return _page(course, lesson, lesson.readme.read_text("utf-8"))


def _page(course: list[Lesson], lesson: Lesson | None, markdown: str) -> str:
    recent, marks = _recent_traces()
    view = CourseView(course, lesson, to_html(markdown), recent, lessons.last_check())
    return render_template("course.html", view=view, services=marks)


def _recent_traces() -> tuple[list[Answer], Services]:
    """Return the newest traces and the services in them; nothing while the collector is down, which
    the first lessons do without."""
    try:
        return ask("/api/traces", limit=MAX_RECENT_TRACES)["traces"], services()
    except CollectorError:
        return [], {}
