"""The code of the lesson before, run beside the learner's for as long as a check takes.

It has a Redis and a database of its own; its traces go to the learner's collector, as those of the
deploy `step-11`, so that the two can be compared in the UI afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property

from tutor.checks.probe import Probe
from tutor.course.lessons import Step
from tutor.sandbox import apps
from tutor.sandbox.temporary_stack import RunningApp, temporary_stack


class Baseline:
    """The checkpoint of `step`, which has been started and answers in a second or two."""

    def __init__(self, step: Step, app: Probe, running: RunningApp) -> None:
        self.step = step
        self._app = app
        self._running = running

    @cached_property
    def probe(self) -> Probe:
        """The probe that asks it, once it answers. Raises `NotReadyError` if it does not start."""
        self._running.wait()
        return Probe(self._running.target, self._app.course)


@contextmanager
def run_baseline(app: Probe, number: int) -> Iterator[Baseline]:
    """Run the checkpoint of lesson `number` for the `with` block.

    Begin the check with it: everything else can be looked at while it starts.
    """
    step = app.course.step(number)
    shared_urls = {"collector": app.target.collector, "ui": app.target.ui}
    with temporary_stack(["redis"], shared_urls) as stack:
        running = stack.start(apps.checkpoint(step, stack.new_folder("logs")))
        yield Baseline(step, app, running)
