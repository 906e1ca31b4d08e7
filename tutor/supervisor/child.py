"""A process that the supervisor started."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path
from typing import IO

from tutor.paths import ROOT
from tutor.supervisor.log_files import last_lines
from tutor.supervisor.process import ProcessId, stop_all
from tutor.supervisor.service import Service

START_TIMEOUT_S = 60.0
"""How long a process may take to be ready: on a slow disk the first start takes a while."""

STOP_TIMEOUT_S = 8.0
"""How long a process may take to end when asked to, before it is killed."""


class Child:
    """A service and, while it runs, its process.

    `state` is `waiting` (for the services that it needs), `starting` (not ready yet), `running`, or
    `ended`.
    """

    def __init__(self, service: Service, log: Path) -> None:
        self.service = service
        self.log = log
        self.state = "waiting"
        self.process: ProcessId | None = None
        self.crashes: list[float] = []
        """When it ended without being asked to: seconds on the monotonic clock."""
        self._popen: subprocess.Popen[bytes] | None = None
        self._log_start = 0
        self._deadline = 0.0

    def start(self) -> None:
        """Start the process; its output is appended to the log.

        It leads a session of its own, so that a Ctrl-C in the terminal reaches it only through the
        supervisor, when it is its turn to stop. Raises `OSError` if the program can't be run.
        """
        with self.log.open("ab") as log:
            self._log_start = log.tell()
            self._popen = self.spawn(log)
        try:
            self.process = ProcessId.of(self._popen.pid)
        except ProcessLookupError:  # gone already; `check` will find out how
            self.process = None
        self.state = "starting"
        self._deadline = time.monotonic() + START_TIMEOUT_S

    def spawn(self, log: IO[bytes]) -> subprocess.Popen[bytes]:
        """Return a new process that writes to `log`.

        Raises `OSError` if the program can't be run.
        """
        return subprocess.Popen(
            self.service.command,
            cwd=ROOT,
            env={**os.environ, **self.service.env},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )

    def check(self) -> None:
        """Update `state` from how the process is now."""
        if self._popen is None or self.state == "ended":
            return
        if self._popen.poll() is not None:
            self.state = "ended"
        elif self.state == "starting" and self.service.is_ready():
            self.state = "running"

    @property
    def is_late(self) -> bool:
        """Whether it has been starting for longer than anyone should wait."""
        return self.state == "starting" and time.monotonic() > self._deadline

    def epitaph(self) -> str:
        """Return how it ended, with the last lines that it printed."""
        if self._popen is None or self._popen.returncode is None:
            how = f"was not ready within {START_TIMEOUT_S:.0f} s"
        elif self._popen.returncode < 0:
            how = f"was killed by signal {-self._popen.returncode}"
        else:
            how = f"ended with exit code {self._popen.returncode}"
        lines = last_lines(self.log, 8, self._log_start)
        output = "".join(f"\n    {line}" for line in lines) or " It printed nothing."
        return f"{self.service.name} {how}. (Log: {self.log}){output}"

    def stop(self) -> None:
        """Stop the process if it is running, and wait until it has ended."""
        if self.process:
            stop_all([self.process], STOP_TIMEOUT_S)
        if self._popen:
            self._popen.wait()
        self.state = "ended"
