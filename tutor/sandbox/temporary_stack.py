"""A stand to try apps on: a Redis and a collector of its own, on free ports, in a passing folder.

Nothing of the learner's stack is touched, and nothing of it is needed.
"""

from __future__ import annotations

import signal
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType

from tutor.errors import NotReadyError
from tutor.ports import LOOPBACK, any_free
from tutor.sandbox.target import Target
from tutor.supervisor import plan
from tutor.supervisor.app import FINISHED, App
from tutor.supervisor.child import Child
from tutor.supervisor.service import Service


@dataclass(frozen=True)
class Running:
    """An app on the stand: `target` is where it answers, `children` are its processes."""

    target: Target
    children: Sequence[Child]

    def wait(self) -> None:
        """Wait until it answers. Raises `NotReadyError` if it does not start."""
        wait_for(self.children)

    def stop(self) -> None:
        """Stop it, if it runs."""
        for child in self.children:
            child.stop()


class Stand:
    """Runs Redis and a collector (`keepers`), and apps; see `stand`, which makes and ends it."""

    def __init__(
        self, folder: Path, keepers: Sequence[str], elsewhere: Mapping[str, str], end: ExitStack
    ) -> None:
        self.folder = folder
        self._elsewhere = elsewhere
        self._end = end
        self._ports = {name: any_free() for name in ("redis", "collector", "ui")}
        ports = {**self._ports, "web": 0, "taster": 0}
        made = plan.services(ports, folder, FINISHED)
        keeping = [service for service in made if service.name in keepers]
        self._children = [self._start(service, service.name) for service in keeping]

    @property
    def addresses(self) -> dict[str, str]:
        """Where its collector and its UI are, for another stand that is to use them."""
        return {name: f"http://{LOOPBACK}:{self._ports[name]}" for name in ("collector", "ui")}

    def new_folder(self, name: str) -> Path:
        """An empty folder that goes away with the stand."""
        folder = self.folder / name
        folder.mkdir()
        return folder

    def start(self, app: App) -> Running:
        """Start `app` on free ports, and don't wait for it (but for what it needs).

        Raises `NotReadyError` if Redis or the collector do not start.
        """
        wait_for(self._children)
        ports = {**self._ports, "web": any_free(), "taster": any_free()}
        urls = {
            name: f"http://{LOOPBACK}:{port}" for name, port in ports.items() if name != "redis"
        }
        target = Target(
            name=app.name,
            code=app.folder,
            logs=app.logs or app.folder,
            redis=f"redis://{LOOPBACK}:{ports['redis']}/0",
            **{**urls, **self._elsewhere},
        )
        services = plan.services(ports, self.folder, app)
        label = app.folder.name
        theirs = {f"{name.upper()}_URL": url for name, url in self._elsewhere.items()}
        theirs["DATABASE_URL"] = ""  # a file in its own folder, whatever the caller has
        pair = [
            replace(service, env={**service.env, **theirs})
            for service in services
            if service.name in ("taster", "web")
        ]
        own = [self._start(service, f"{label}-{service.name}") for service in pair]
        return Running(target, own)

    @contextmanager
    def run(self, app: App) -> Iterator[Target]:
        """Run `app` for the `with` block. Raises `NotReadyError` if it does not start."""
        running = self.start(app)
        try:
            running.wait()
            yield running.target
        finally:
            running.stop()

    def _start(self, service: Service, label: str) -> Child:
        child = Child(service, self.folder / f"{label}.log")
        child.start()
        self._end.callback(child.stop)
        return child


def wait_for(children: Sequence[Child]) -> None:
    """Wait until all of them are ready. Raises `NotReadyError` if one is not."""
    while not all(child.state == "running" for child in children):
        for child in children:
            child.check()
            if child.state == "ended" or child.is_late:
                raise NotReadyError(child.epitaph())
        time.sleep(0.02)


@contextmanager
def stand(
    keepers: Sequence[str] = ("redis", "collector"), elsewhere: Mapping[str, str] | None = None
) -> Iterator[Stand]:
    """A stand that lasts for the `with` block; also a SIGTERM ends it in good order.

    `elsewhere` are addresses (of a `collector`, a `ui`) that apps are to use in place of the
    stand's own.
    """
    with ExitStack() as end:
        folder = Path(end.enter_context(tempfile.TemporaryDirectory(prefix="workshop-")))
        if threading.current_thread() is threading.main_thread():  # others get no signals
            end.callback(signal.signal, signal.SIGTERM, signal.signal(signal.SIGTERM, _interrupt))
        yield Stand(folder, keepers, elsewhere or {}, end)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
