"""Viewers that run for a while, each a real process."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.servers import ROOT

HERE = (sys.executable, "-m", "trace_viewer")
READY = "Ctrl-C ends it."
ANY_PORTS = ("--port", "0", "--collector-port", "0")


@dataclass
class Viewer:
    """A viewer that is ready."""

    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)

    @property
    def page(self) -> str:
        return self._said("Traces")

    @property
    def collector(self) -> str:
        return self._said("Send them to")

    def _said(self, name: str) -> str:
        found = re.search(rf"^{name} +(\S+)$", "\n".join(self.lines), re.MULTILINE)
        assert found, self.lines
        return found[1]

    def read_until(self, text: str) -> str:
        """Read what it prints up to a line with this text, and return that line."""
        assert self.process.stdout
        for line in self.process.stdout:
            self.lines.append(line.rstrip())
            if text in line:
                return line.rstrip()
        raise AssertionError(f"it ended without {text!r}: {self.lines}")

    def stop(self, number: int = signal.SIGINT) -> int:
        """Send it a signal, and return its exit code."""
        self.process.send_signal(number)
        return self.process.wait(15)


@contextmanager
def running(
    *options: str, command: Sequence[str] = HERE, cwd: Path = ROOT, home: Path | None = None
) -> Iterator[Viewer]:
    """Run a viewer until the block ends; its user's folder is in `home`."""
    with started(*options, command=command, cwd=cwd, home=home) as process:
        viewer = Viewer(process)
        viewer.read_until(READY)
        yield viewer


@contextmanager
def started(
    *options: str, command: Sequence[str] = HERE, cwd: Path = ROOT, home: Path | None = None
) -> Iterator[subprocess.Popen[str]]:
    """Start a viewer, which need not become ready; it is gone at the end of the block."""
    env = {**os.environ, "PYTHONUNBUFFERED": "1"}
    if home:
        env |= {"HOME": str(home), "XDG_DATA_HOME": ""}
    process = subprocess.Popen(
        [*command, *options],
        cwd=cwd,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(15)
        finally:
            process.kill()
            process.wait()
            if process.stdout:
                process.stdout.close()
