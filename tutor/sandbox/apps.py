"""The apps that the course runs: the learner's own, and the checkpoints."""

from __future__ import annotations

from pathlib import Path

from tutor.course.lessons import Step
from tutor.supervisor.app import MINE, App


def mine(folder: Path) -> App:
    """Return the learner's app: it reloads, and writes its logs beside the code."""
    return App(MINE, folder, "mine", logs=folder, reloads=True)


def checkpoint(step: Step, logs: Path) -> App:
    """Return the app as it stands after `step`, with its logs in the folder `logs`."""
    return App(f"steps/{step.slug}/", step.folder, f"step-{step.number}", logs)
