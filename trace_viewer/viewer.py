"""The two processes of a viewer, from start to stop."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType
from typing import NamedTuple

from trace_viewer.ports import url
from trace_viewer.process import Process

START_TIMEOUT_S = 30.0
WAIT_S = 0.02
"""Time between two looks at processes that are starting."""
WATCH_S = 0.2
"""Time between two looks at processes that run."""


class EndedError(Exception):
    """One of the processes has ended by itself, or does not answer; the message says which."""


class StopRequest:
    """Whether this process was told to stop, by Ctrl-C or by SIGTERM."""

    def __init__(self) -> None:
        self.made = False

    def make(self, number: int, frame: FrameType | None) -> None:
        """Take note of it: a signal handler."""
        self.made = True


@contextmanager
def stop_request() -> Iterator[StopRequest]:
    """Take SIGINT and SIGTERM as requests to stop until the block ends."""
    request = StopRequest()
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, request.make) for number in numbers}
    try:
        yield request
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class Settings(NamedTuple):
    """What a viewer is started with."""

    host: str
    page_port: int
    collector_port: int
    data: Path
    forward: str = ""
    """Where the collector sends on what it stores, as its option `--forward` wants it."""

    @property
    def page_url(self) -> str:
        """The address of the page."""
        return url(self.host, self.page_port)

    @property
    def collector_url(self) -> str:
        """The address for clients on this machine."""
        return url(self.host, self.collector_port)


def run(settings: Settings, stop: StopRequest, when_ready: Callable[[], None]) -> None:
    """Run collector and page until told to stop; call `when_ready` once both answer.

    Raises `EndedError` if one of them ends before that, `OSError` if one cannot be started.
    """
    with ExitStack() as running:
        processes = []
        for process in _processes(settings):
            running.callback(process.stop)
            processes.append(process)
        _wait_until_ready(processes, stop)
        if not stop.made:
            when_ready()
        while not stop.made:
            _check(processes)
            time.sleep(WATCH_S)


def _processes(settings: Settings) -> Iterator[Process]:
    """Start the collector and the page, which waits for no one."""
    host = settings.host
    options = ["--data", str(settings.data), "--open"]
    options += ["--forward", settings.forward] if settings.forward else []
    yield Process("collector", host, settings.collector_port, options, {})
    options = ["--collector", settings.collector_url, "--no-workshop"]
    yield Process("ui", host, settings.page_port, options, {})


def _wait_until_ready(processes: list[Process], stop: StopRequest) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    waiting = list(processes)
    while waiting and not stop.made:
        _check(processes)
        waiting = [process for process in waiting if not process.is_ready()]
        if waiting and time.monotonic() > deadline:
            raise EndedError(f"the {waiting[0].name} has not answered for {START_TIMEOUT_S:.0f} s")
        time.sleep(WAIT_S if waiting else 0)


def _check(processes: list[Process]) -> None:
    """Raise `EndedError` if a process has ended."""
    for process in processes:
        code = process.exit_code()
        if code is not None:
            raise EndedError(f"the {process.name} has ended (exit code {code})")
