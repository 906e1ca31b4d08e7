"""What is printed of a run: slow and failed requests, each with the address of its trace."""

from __future__ import annotations

import logging
import os
from dataclasses import asdict, dataclass, field
from typing import Any

from locust.runners import WorkerRunner

from loadtest.counted import counted
from loadtest.printable import printable

log = logging.getLogger("loadtest")

UI_URL = (os.environ.get("UI_URL") or "http://127.0.0.1:8080").rstrip("/")
MAX_LINES = 50
"""Requests printed one by one; all others are only counted."""


@dataclass
class Counts:
    """Counts of a run's requests, or of those that one process made."""

    requests: int = 0
    slow: int = 0
    failed: int = 0
    planted: int = 0
    slowest: tuple[float, str] = (0, "")
    """Its duration in seconds, and a line with the address of its trace."""

    def merge(self, other: Counts) -> None:
        """Add another process's counts."""
        self.requests += other.requests
        self.slow += other.slow
        self.failed += other.failed
        self.planted += other.planted
        self.slowest = max(self.slowest, other.slowest)


@dataclass
class ConsoleReport:
    """Prints slow and failed requests of a run of Locust, and counts them for a last line.

    The processes of one run send their counts to the first of them.
    """

    slow_s: float = 1
    lines: int = 0
    counts: Counts = field(default_factory=Counts)

    def start(self, environment: Any, **_: Any) -> None:
        """Begin a run."""
        if environment.parsed_options:
            self.slow_s = environment.parsed_options.slow
        self.lines = 0
        self.counts = Counts()

    def request(
        self,
        request_type: str,
        name: str,
        response_time: float,
        exception: object,
        context: dict[str, str],
        **_: Any,
    ) -> None:
        """Count a request, and print it if it was slow or failed."""
        seconds = response_time / 1000
        planted = context.get("planted", "")
        line = f"{request_type} {name} {seconds:.2f} s {UI_URL}/trace/{context.get('trace_id')}"
        self.counts.merge(
            Counts(1, seconds > self.slow_s, bool(exception), bool(planted), (seconds, line))
        )
        if exception:
            self._print(f"failed: {line} ({exception})")
        elif planted:
            self._print(f"slow on purpose: {line} ({planted})")
        elif seconds > self.slow_s:
            self._print(f"slow: {line}")

    def send(self, data: dict[str, Any], **_: Any) -> None:
        """Put this process's counts into its message to the first process."""
        data["loadtest"] = asdict(self.counts)
        self.counts = Counts()

    def receive(self, data: dict[str, Any], **_: Any) -> None:
        """Add the counts that another process has sent."""
        counts = Counts(**data["loadtest"])
        counts.slowest = (counts.slowest[0], counts.slowest[1])  # it travelled as a list
        self.counts.merge(counts)

    def summary(self) -> str:
        """Return the run in one line."""
        counts = self.counts
        return (
            f"loadtest: {counted(counts.requests, 'request')}, {counts.slow} slower than"
            f" {self.slow_s:g} s, {counts.failed} failed, {counts.planted} with a planted failure;"
            f" the slowest: {counts.slowest[1] or 'none'}"
        )

    def _print(self, line: str) -> None:
        self.lines += 1
        if self.lines <= MAX_LINES:
            log.warning(line)
        elif self.lines == MAX_LINES + 1:
            log.warning("from here on, slow and failed requests are only counted")


def install(events: Any) -> ConsoleReport:
    """Print a report of every run, with a summary at the end."""
    report = ConsoleReport()
    events.test_start.add_listener(report.start)
    events.request.add_listener(report.request)
    events.report_to_master.add_listener(report.send)
    events.worker_report.add_listener(report.receive)

    @events.init.add_listener
    def prepare(runner: Any, **_: Any) -> None:
        if not isinstance(runner, WorkerRunner):
            events.quit.add_listener(lambda **_: print(printable(report.summary()), flush=True))

    return report
