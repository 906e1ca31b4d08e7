"""The apps that the course runs: the learner's own, and the checkpoints."""

from __future__ import annotations

from pathlib import Path

from tutor.course import lesson_packages
from tutor.course.lessons import Course, Step
from tutor.supervisor.app import MINE, App


def mine(folder: Path) -> App:
    """Return the learner's app: it reloads, and writes its logs beside the code. It finds the
    packages of whichever lesson it is at, as soon as they are there."""
    packages = tuple(filter(None, map(lesson_packages.folder, Course().steps)))
    return App(MINE, folder, "mine", logs=folder, reloads=True, packages=packages)


def checkpoint(step: Step, logs: Path) -> App:
    """Return the app as it stands after `step`, with its logs in the folder `logs`; install what it
    needs.

    Raises `NotReadyError` if that can't be installed.
    """
    lesson_packages.install(step)
    packages = lesson_packages.folder(step)
    name, version = f"steps/{step.slug}/", f"step-{step.number}"
    return App(name, step.folder, version, logs, packages=(packages,) if packages else ())
