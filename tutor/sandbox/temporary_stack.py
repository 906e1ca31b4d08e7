"""A stack to try apps on, on free ports and in a temporary folder: a Redis, a collector, and apps.

It touches nothing of the learner's stack, and needs nothing of it.
"""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from tutor.errors import NotReadyError
from tutor.interrupts import interruptible, uninterrupted
from tutor.ports import LOOPBACK, any_free
from tutor.sandbox.target import DATABASE, Target
from tutor.supervisor import plan
from tutor.supervisor.app import FINISHED, App
from tutor.supervisor.child import Child
from tutor.supervisor.process import ProcessId
from tutor.supervisor.service import Service


@dataclass(frozen=True)
class RunningApp:
    """An app that has been started: `target` is where it answers, `children` are its processes."""

    target: Target
    children: Sequence[Child]

    def wait(self) -> None:
        """Wait until it answers. Raises `NotReadyError` if it does not start."""
        wait_until_ready(self.children)

    def stop(self) -> None:
        """Stop it, if it is running."""
        for child in self.children:
            child.stop()


class TemporaryStack:
    """Runs the backing services, and apps that use them; `temporary_stack` makes and ends it. Apps
    may be started from any thread."""

    def __init__(
        self,
        folder: Path,
        backing_services: Sequence[str],
        shared_urls: Mapping[str, str],
        end: ExitStack,
    ) -> None:
        self.folder = folder
        self._shared_urls = shared_urls
        self._end = end
        self._started: list[Child] = []
        self._one_waits = threading.Lock()
        """Held while the backing services are looked at: a child is for one thread at a time."""
        self._ports = {name: any_free() for name in ("redis", "collector", "ui")}
        ports = {**self._ports, "web": 0, "taster": 0}
        self._children = [
            self._start(service, service.name)
            for service in plan.services(ports, folder, FINISHED)
            if service.name in backing_services
        ]

    @property
    def addresses(self) -> dict[str, str]:
        """Where its collector and its UI answer: the `shared_urls` of another temporary stack."""
        return {name: f"http://{LOOPBACK}:{self._ports[name]}" for name in ("collector", "ui")}

    @property
    def processes(self) -> list[ProcessId]:
        """All that it has started and that still runs, its apps included."""
        found = (child.process for child in self._started)
        return [process for process in found if process and process.is_alive()]

    def wait(self) -> None:
        """Wait until the backing services answer. Raises `NotReadyError` if one does not start."""
        with self._one_waits:
            wait_until_ready(self._children)

    def new_folder(self, name: str) -> Path:
        """Make an empty folder, which goes away with the stack, and return it."""
        folder = self.folder / name
        folder.mkdir()
        return folder

    def start(self, app: App) -> RunningApp:
        """Start `app` on free ports. Wait for the backing services, but not for the app.

        Raises `NotReadyError` if Redis or the collector do not start.
        """
        self.wait()
        ports = {**self._ports, "web": any_free(), "taster": any_free()}
        urls = {
            name: f"http://{LOOPBACK}:{port}" for name, port in ports.items() if name != "redis"
        }
        labels = {name: f"{app.folder.name}-{name}" for name in ("taster", "web")}
        target = Target(
            name=app.name,
            code=app.folder,
            logs=app.logs or app.folder,
            redis=f"redis://{LOOPBACK}:{ports['redis']}/0",
            printed={name: self._log(label) for name, label in labels.items()},
            database=self.folder / DATABASE,
            **{**urls, **self._shared_urls},
        )
        env = {f"{name.upper()}_URL": url for name, url in self._shared_urls.items()}
        env["DATABASE_URL"] = ""  # a file in its own folder, whatever the caller has
        children = [
            self._start(replace(service, env={**service.env, **env}), labels[service.name])
            for service in plan.services(ports, self.folder, app)
            if service.name in labels
        ]
        return RunningApp(target, children)

    @contextmanager
    def run(self, app: App) -> Iterator[Target]:
        """Run `app` for the `with` block. Raises `NotReadyError` if it does not start."""
        running = self.start(app)
        try:
            running.wait()
            yield running.target
        finally:
            running.stop()

    def _log(self, label: str) -> Path:
        return self.folder / f"{label}.log"

    def _start(self, service: Service, label: str) -> Child:
        child = Child(service, self._log(label))
        with uninterrupted():
            child.start()
            self._end.callback(child.stop)
            self._started.append(child)
        return child


def wait_until_ready(children: Sequence[Child]) -> None:
    """Wait until all of them are ready. Raises `NotReadyError` if one ends or is late."""
    while not all(child.state == "running" for child in children):
        for child in children:
            child.check()
            if child.state == "ended" or child.is_late:
                raise NotReadyError(child.epitaph())
        time.sleep(0.02)


@contextmanager
def temporary_stack(
    backing_services: Sequence[str] = ("redis", "collector"),
    shared_urls: Mapping[str, str] | None = None,
) -> Iterator[TemporaryStack]:
    """Run a temporary stack for the `with` block; a SIGTERM ends it in good order, too.

    `shared_urls` are addresses (of a `collector`, a `ui`) that apps are to use in place of the
    stack's own.
    """
    with ExitStack() as end:
        folder = Path(end.enter_context(tempfile.TemporaryDirectory(prefix="workshop-")))
        end.enter_context(interruptible())
        yield TemporaryStack(folder, backing_services, shared_urls or {}, end)
