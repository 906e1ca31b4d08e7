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

PATIENCE = 60.0
"""Seconds that a process may take until it is ready: on a slow disk the first start takes some."""

STOP_PATIENCE = 8.0
"""Seconds that it may take to end when asked to, before it is killed."""


class Child:
    """A service and, while it runs, its process. `state` is `waiting` (for others), `starting`
    (not ready yet), `running`, or `ended`."""

    def __init__(self, service: Service, log: Path) -> None:
        self.service = service
        self.log = log
        self.state = "waiting"
        self.process: ProcessId | None = None
        self.crashes: list[float] = []
        """When it ended without being asked to, on the monotonic clock."""
        self._popen: subprocess.Popen[bytes] | None = None
        self._log_start = 0
        self._deadline = 0.0

    def start(self) -> None:
        """Start the process, its output appended to the log.

        It leads a session of its own, so that a Ctrl-C in the terminal reaches it through the
        supervisor only, in its turn. Raises `OSError` if the program can't be run.
        """
        with self.log.open("ab") as log:
            self._log_start = log.tell()
            self._popen = self.spawn(log)
        try:
            self.process = ProcessId.of(self._popen.pid)
        except ProcessLookupError:  # gone already; `check` will find out how
            self.process = None
        self.state = "starting"
        self._deadline = time.monotonic() + PATIENCE

    def spawn(self, log: IO[bytes]) -> subprocess.Popen[bytes]:
        """Its process, which writes to `log`. Raises as `start` does."""
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
        """See how the process is now and set `state` accordingly."""
        if self._popen is None or self.state == "ended":
            return
        if self._popen.poll() is not None:
            self.state = "ended"
        elif self.state == "starting" and self.service.is_ready():
            self.state = "running"

    @property
    def is_late(self) -> bool:
        """Whether it has been starting for longer than anybody should wait."""
        return self.state == "starting" and time.monotonic() > self._deadline

    def epitaph(self) -> str:
        """How it ended, with the last lines that it printed."""
        if self._popen is None or self._popen.returncode is None:
            how = f"was not ready within {PATIENCE:.0f} s"
        elif self._popen.returncode < 0:
            how = f"was killed by signal {-self._popen.returncode}"
        else:
            how = f"ended with exit code {self._popen.returncode}"
        lines = last_lines(self.log, 8, self._log_start)
        said = "".join(f"\n    {line}" for line in lines) or " It printed nothing."
        return f"{self.service.name} {how}. (Log: {self.log}){said}"

    def stop(self) -> None:
        """Stop the process if it runs, and wait for its end."""
        if self.process:
            stop_all([self.process], STOP_PATIENCE)
        if self._popen:
            self._popen.wait()
        self.state = "ended"
