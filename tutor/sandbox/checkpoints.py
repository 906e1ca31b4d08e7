"""Checkpoints that run side by side, each with a Redis and a database of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from tutor.course.lessons import Step
from tutor.sandbox import apps
from tutor.sandbox.target import Target
from tutor.sandbox.temporary_stack import RunningApp, temporary_stack
from tutor.supervisor import client
from tutor.supervisor.own_stack import own_address


@dataclass(frozen=True)
class RunningCheckpoint:
    """A checkpoint that is running: its lesson, and where it answers."""

    step: Step
    target: Target

    @property
    def version(self) -> str:
        """The deploy that its traces name."""
        return f"step-{self.step.number}"


@dataclass(frozen=True)
class RunningCheckpoints:
    """The checkpoints in the order of the course, and the addresses of the collector and the UI
    that have their traces. `kept` says whether the traces stay when all of this ends."""

    checkpoints: Sequence[RunningCheckpoint]
    collector: str
    ui: str
    kept: bool


@contextmanager
def run_checkpoints(
    steps: Sequence[Step], progress: Callable[[str], None]
) -> Iterator[RunningCheckpoints]:
    """Run the checkpoints of `steps` for the `with` block. `progress` is told what is going on.

    Traces go to the running stack if there is one, else to a collector that ends with the block.
    Raises `NotReadyError` if something does not start.
    """
    kept = client.current() is not None
    shared_urls = {name: own_address(name) for name in ("collector", "ui")} if kept else {}
    with ExitStack() as end:
        checkpoints: list[RunningCheckpoint] = []
        running: list[RunningApp] = []
        for number, step in enumerate(steps, start=1):
            progress(f"Starting checkpoint {step.number} ({number} of {len(steps)}) …")
            backing_services = ["redis"] if shared_urls else ["redis", "collector"]
            stack = end.enter_context(temporary_stack(backing_services, shared_urls))
            app = stack.start(apps.checkpoint(step, stack.new_folder("logs")))
            end.callback(app.stop)
            running.append(app)
            checkpoints.append(RunningCheckpoint(step, app.target))
            shared_urls = {"collector": app.target.collector, "ui": app.target.ui}
        for app in running:
            app.wait()
        yield RunningCheckpoints(checkpoints, shared_urls["collector"], shared_urls["ui"], kept)
