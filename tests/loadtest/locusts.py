"""Runs of Locust as a process of its own: it changes Python's sockets and threads where it runs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass

from tests.servers import ROOT

SUMMARY = re.compile(
    r"loadtest: (\d+) requests, (\d+) slower than [\d.]+ s, (\d+) failed,"
    r" (\d+) with a planted failure; the slowest: (.*)"
)


@dataclass
class Run:
    """How a run ended."""

    code: int
    output: str

    @property
    def counts(self) -> tuple[int, ...]:
        """The numbers of requests: all, slow, failed, and with a planted failure."""
        return tuple(map(int, self._summary()[:4]))

    @property
    def slowest(self) -> str:
        """The slowest request, with the address of its trace."""
        return self._summary()[4]

    def _summary(self) -> tuple[str, ...]:
        # At SIGTERM Locust may print it twice: its handler and its main greenlet both shut down.
        *_, summary = SUMMARY.findall(self.output)
        return summary


def command(*options: str) -> list[str]:
    """Return the command for Locust without its page, with this project's users."""
    locust = [sys.executable, "-m", "locust", "-f", "loadtest/locustfile.py", "--headless"]
    return [*locust, "--only-summary", *options]


def environment(web: str, collector: str) -> dict[str, str]:
    """Return the environment that tells Locust where the others are."""
    urls = {"WEB_URL": web, "COLLECTOR_URL": collector, "UI_URL": "http://ui.example:8080/"}
    return {**os.environ, "PYTHONPATH": str(ROOT), **urls}


def run(web: str, collector: str, *options: str) -> Run:
    """Run Locust to its end."""
    done = subprocess.run(
        command(*options),
        cwd=ROOT,
        env=environment(web, collector),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
    )
    return Run(done.returncode, done.stdout)
