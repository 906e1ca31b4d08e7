"""What the course's commands begin with: the course, the learner's folder, and a lesson."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from tutor.course import lesson_packages
from tutor.course.lessons import Course, Step
from tutor.course.progress import Progress
from tutor.course.workspace import Workspace


class Session:
    """The course, the learner's folder and the learner's progress, as they are now."""

    def __init__(self) -> None:
        self.course = Course()
        self.workspace = Workspace(self.course.code_files())
        self.progress = Progress(self.course)

    def selected_step(self, arguments: Namespace) -> Step:
        """Return the step whose number was given, else the current one.

        Raises `UsageError` if there is no such step, `NotReadyError` if the course was not started.
        """
        if arguments.number is not None:
            return self.course.step(arguments.number)
        self.workspace.must_exist()
        return self.progress.current

    def begin(self, step: Step) -> None:
        """Install what `step` needs, and note that the learner is at it, if that is new.

        Raises `NotReadyError` if that can't be installed.
        """
        lesson_packages.install(step)
        self.progress.begin(step)

    def begin_anew(self, step: Step) -> None:
        """Install what `step` needs, and note that the learner begins it with a checkpoint's code.

        Raises `NotReadyError` if that can't be installed.
        """
        lesson_packages.install(step)
        self.progress.go_to(step)


def add_lesson_argument(parser: ArgumentParser, required: bool = False) -> None:
    """Add the argument `N`, the number of a lesson."""
    if required:
        parser.add_argument("number", type=int, metavar="N", help="the number of the lesson")
    else:
        what = "the number of the lesson (default: the current one)"
        parser.add_argument("number", type=int, nargs="?", metavar="N", help=what)
