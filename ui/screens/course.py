"""The Course screen: the lessons, how far the learner is, what the checks say, recent traces."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, abort, render_template, request

from ui import lessons
from ui.client import CollectorError
from ui.lessons import Lesson
from ui.links import link
from ui.screen import Answer, Services, ask, services
from ui.words.lesson_html import to_html

MAX_RECENT_TRACES = 8
"""Traces shown beside a lesson."""
SHOW_ALL = "all"
"""`show` in the address: every solution is unfolded, for those who teach."""

blueprint = Blueprint("course", __name__, url_prefix="/course")


@dataclass(frozen=True)
class CourseView:
    """How far the learner is, and what the checks say, beside a lesson, or beside the glossary if
    `lesson` is None."""

    course: list[Lesson]
    lesson: Lesson | None
    shows_solutions: bool
    check: Answer | None
    """The last check's result."""
    running: Answer | None
    """The check that is running: `lesson`, `is_checking`, and `watches`."""

    @property
    def current(self) -> Lesson | None:
        """The lesson that the learner is at; None if there are none."""
        return lessons.current(self.course) if self.course else None

    @property
    def passed(self) -> int:
        """The number of lessons done."""
        return sum(lesson.state == "passed" for lesson in self.course)

    @property
    def checked(self) -> Lesson | None:
        """The lesson that was checked last, if it is one of the course."""
        return self._lesson(self.check["lesson"]) if self.check else None

    def following(self, lesson: Lesson) -> Lesson | None:
        """Return the lesson after `lesson`; None after the last."""
        return next((other for other in self.course if other.number > lesson.number), None)

    def address(self, page: object) -> str:
        """Return the address of a lesson, by its number, or of the glossary."""
        return link(f"/course/{page}", show=SHOW_ALL if self.shows_solutions else "")

    @property
    def other_way_link(self) -> str:
        """The address of this page with solutions unfolded, or folded again."""
        page = f"/course/{self.lesson.number if self.lesson else 'glossary'}"
        return link(page, show="" if self.shows_solutions else SHOW_ALL)

    def _lesson(self, number: object) -> Lesson | None:
        return next((lesson for lesson in self.course if lesson.number == number), None)


@blueprint.get("")
def current() -> str:
    """Show the lesson that the learner is at."""
    course = lessons.lessons()
    if not course:
        abort(404, "The lessons are not here: set STEPS_DIR to their folder.")
    return _page(course, lessons.current(course))


@blueprint.get("/<int:number>")
def one(number: int) -> str:
    """Show the lesson with that number."""
    course = lessons.lessons()
    return _page(course, _numbered(course, number))


@blueprint.get("/glossary")
def glossary() -> str:
    """Show the terms that the lessons refer to."""
    return _page(lessons.lessons(), None)


@blueprint.get("/now")
def now() -> str:
    """Show only how far the learner is and what the checks say; `static/js/course.js` replaces
    those parts of the page."""
    course = lessons.lessons()
    number = request.args.get("lesson", type=int)
    view = _view(course, None if number is None else _numbered(course, number))
    return render_template("course-parts.html", view=view)


def _numbered(course: list[Lesson], number: int) -> Lesson:
    for lesson in course:
        if lesson.number == number:
            return lesson
    abort(404, f"There is no lesson {number}.")


def _view(course: list[Lesson], lesson: Lesson | None) -> CourseView:
    shows_solutions = request.args.get("show") == SHOW_ALL
    return CourseView(
        course, lesson, shows_solutions, lessons.last_check(), lessons.running_check()
    )


def _page(course: list[Lesson], lesson: Lesson | None) -> str:
    markdown = lesson.readme.read_text("utf-8") if lesson else lessons.glossary()
    if markdown is None:
        abort(404, "The glossary is not here.")
    view = _view(course, lesson)
    recent, marks = _recent_traces()
    return render_template(
        "course.html",
        view=view,
        text=to_html(markdown, view.shows_solutions),
        recent=recent,
        services=marks,
    )


def _recent_traces() -> tuple[list[Answer], Services]:
    """Return the newest traces and the services in them; nothing while the collector is down, which
    the first lessons do without."""
    try:
        return ask("/api/traces", limit=MAX_RECENT_TRACES)["traces"], services()
    except CollectorError:
        return [], {}
