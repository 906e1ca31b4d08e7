"""The checkpoints that are compared, all running, each with a Redis and a database of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from tutor.course.lessons import Step
from tutor.sandbox import apps
from tutor.sandbox.target import Target
from tutor.sandbox.temporary_stack import Running, stand
from tutor.stack import address
from tutor.supervisor import client


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint that runs: its lesson, the deploy that its traces name, and where it answers."""

    step: Step
    target: Target

    @property
    def version(self) -> str:
        """The deploy that its traces name."""
        return f"step-{self.step.number}"


@dataclass(frozen=True)
class Ground:
    """What runs: the checkpoints in the order of the course, and where their traces go. `kept`
    says whether those stay when all of this ends."""

    checkpoints: Sequence[Checkpoint]
    collector: str
    ui: str
    kept: bool


@contextmanager
def ground(steps: Sequence[Step], progress: Callable[[str], None]) -> Iterator[Ground]:
    """Run the checkpoints of `steps` for the `with` block.

    Traces go to the stack that runs, else to a collector that ends with the block.
    Raises `NotReadyError` if something does not start.
    """
    kept = client.current() is not None
    elsewhere = {name: address(name) for name in ("collector", "ui")} if kept else {}
    with ExitStack() as end:
        found: list[Checkpoint] = []
        running: list[Running] = []
        for number, step in enumerate(steps, start=1):
            progress(f"Starting checkpoint {step.number} ({number} of {len(steps)}) …")
            keepers = ["redis"] if elsewhere else ["redis", "collector"]
            place = end.enter_context(stand(keepers, elsewhere))
            app = place.start(apps.checkpoint(step, place.new_folder("logs")))
            end.callback(app.stop)
            running.append(app)
            found.append(Checkpoint(step, app.target))
            elsewhere = {"collector": app.target.collector, "ui": app.target.ui}
        for app in running:
            app.wait()
        yield Ground(found, elsewhere["collector"], elsewhere["ui"], kept)
