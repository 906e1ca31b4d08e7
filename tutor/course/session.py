"""What the course's commands begin with: the course, the learner's folder, and the lesson meant."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from tutor.course.lessons import Course, Step
from tutor.course.progress import Progress
from tutor.course.workspace import Workspace


class Desk:
    """The course, the learner's folder and progress, as they are now."""

    def __init__(self) -> None:
        self.course = Course()
        self.workspace = Workspace(self.course.code_files())
        self.progress = Progress(self.course)

    def chosen(self, arguments: Namespace) -> Step:
        """The step whose number was given, else the one that the learner is at.

        Raises `UsageError` if there is no such step, `NotReadyError` if the course was not started.
        """
        if arguments.number is not None:
            return self.course.step(arguments.number)
        self.workspace.must_exist()
        return self.progress.current


def add_number(parser: ArgumentParser, required: bool = False) -> None:
    """Add the argument `N`, the number of a lesson."""
    what = "the number of the lesson" + ("" if required else "; the current one without it")
    if required:
        parser.add_argument("number", type=int, metavar="N", help=what)
    else:
        parser.add_argument("number", type=int, nargs="?", metavar="N", help=what)
