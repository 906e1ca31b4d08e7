"""A process that the supervisor started."""

from __future__ import annotations

import math
import os
import subprocess
import time
from pathlib import Path
from typing import IO

from tutor import private_files
from tutor.child_process import kill_group
from tutor.paths import ROOT
from tutor.supervisor.log_files import last_lines
from tutor.supervisor.pings import Pings
from tutor.supervisor.process import ProcessId, stop_all
from tutor.supervisor.service import Service

START_TIMEOUT_S = 60.0
"""How long a process may take to be ready: on a slow disk the first start takes a while."""

STOP_TIMEOUT_S = 8.0
"""How long a process may take to end when asked to, before it is killed."""

PING_EVERY_S = 2.0
"""The time between two questions whether a running process is well."""

MAX_SILENCE_S = 10.0
"""How long a running process may not answer, or answer that it is not well, before it is restarted.
"""


class Child:
    """A service and, while it runs, its process.

    `state` is `waiting` (for the services that it needs), `starting` (not ready yet), `running`,
    `stuck` (it runs, but is not well: see `Pings`), or `ended`.
    """

    def __init__(self, service: Service, log: Path) -> None:
        self.service = service
        self.log = log
        self.state = "waiting"
        self.process: ProcessId | None = None
        self.crashes: list[float] = []
        """When it ended without being asked to: seconds on the monotonic clock."""
        self._pings = Pings(service)
        self._popen: subprocess.Popen[bytes] | None = None
        self._log_start = 0
        self._deadline = 0.0

    def start(self) -> None:
        """Start the process; its output is appended to the log.

        It leads a session of its own, so that a Ctrl-C in the terminal reaches it only through the
        supervisor, when it is its turn to stop. Raises `OSError` if the program can't be run.
        """
        self._pings.forget()
        with open(self.log, "ab", opener=private_files.opener) as log:
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
            umask=-1 if self.service.keeps_umask else private_files.UMASK,
        )

    def check(self) -> None:
        """Update `state` from how the process is now."""
        if self._popen is None or self.state == "ended":
            return
        if self._popen.poll() is not None:
            kill_group(self._popen.pid)  # what it had started would keep its port
            self.state = "ended"
        elif self.state == "starting":
            self._pings.update()
            if self._pings.is_ready:
                self.state = "running"
        elif self.state == "running" and not self.service.is_studied:
            self._pings.update(PING_EVERY_S)
            if self._pings.failing_s() > MAX_SILENCE_S:
                self.state = "stuck"

    @property
    def is_late(self) -> bool:
        """Whether it has been starting for longer than anyone should wait."""
        return self.state == "starting" and time.monotonic() > self._deadline

    def epitaph(self) -> str:
        """Return how it ended, with the last lines that it printed."""
        lines = last_lines(self.log, 8, self._log_start)
        output = "".join(f"\n    {line}" for line in lines) or " It printed nothing."
        return f"{self.ending()}. (Log: {self.log}){output}"

    def ending(self) -> str:
        """Return how it ended, or why it has to, in a sentence without a full stop."""
        if self.state == "stuck":
            how = f"has not been well for {MAX_SILENCE_S:.0f} s: it {self._pings.complaint}"
        elif self._popen is None or self._popen.returncode is None:
            how = f"was not ready within {START_TIMEOUT_S:.0f} s"
        elif self._popen.returncode < 0:
            how = f"was killed by signal {-self._popen.returncode}"
        else:
            how = f"ended with exit code {self._popen.returncode}"
        return f"{self.service.name} {how}"

    def stop(self, limit_s: float = math.inf) -> None:
        """Stop the process if it is running, and wait until it has ended.

        It is killed if that takes longer than `STOP_TIMEOUT_S`, or than `limit_s`. What is left of
        the processes that it has started is killed.
        """
        self._pings.forget()
        if self.process:
            stop_all([self.process], min(STOP_TIMEOUT_S, limit_s))
        if self._popen:
            kill_group(self._popen.pid)
            self._popen.wait()
        self.state = "ended"
