"""A script of the learner's as a process, and why it does not run if it doesn't."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from contextlib import suppress
from pathlib import Path
from typing import IO

from tutor import http
from tutor.errors import Exit, NotReadyError
from tutor.failure import CheckFailed
from tutor.ports import LOOPBACK
from tutor.sandbox import run_script, thread_dump
from tutor.sandbox.app_code import AppCode
from tutor.sandbox.thread_dump import Frame

STOP_TIMEOUT_S = 6.0
"""The time that the script may take to end before it is killed."""

DUMP_TIMEOUT_S = 2.0
"""The time that the script may take to say where its threads are."""

MAX_DUMP_BYTES = 1_000_000
"""How much of that is read: a hundred threads take a tenth of it."""

QUIET_S = 0.05
"""The time without another line after which that is taken to be all."""

FRAME = re.compile(r'File "(.+)", line (\d+)')
"""A line of a traceback."""


class Script:
    """The script at `path`, which listens on `port` while it runs."""

    def __init__(self, path: Path, port: int) -> None:
        self.path = path
        self.port = port
        self.code = AppCode(path.parent)
        self._last_lines: deque[str] = deque(maxlen=60)
        self._process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None
        self._dump: IO[bytes] | None = None
        """The file that the stacks of its threads go to, while it runs."""

    def start(self) -> None:
        """Start it. Raises `CheckFailed` if it, or what it may import, is not valid Python."""
        self.code.must_compile(self.path.name)
        self._last_lines.clear()
        self._dump = tempfile.TemporaryFile()  # noqa: SIM115 (`stop` closes it)
        dump = self._dump.fileno()
        # No .pyc files: two saves of one size within a second would look the same to Python.
        process = subprocess.Popen(
            [sys.executable, "-u", run_script.__file__, str(dump), str(self.path)],
            pass_fds=[dump],
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
        )
        self._reader = threading.Thread(target=self._pass_on, args=(process.stderr,), daemon=True)
        self._reader.start()
        self._process = process

    def has_ended(self) -> bool:
        """Return whether it is not running: it has ended, or was never started."""
        return self._process is None or self._process.poll() is not None

    def is_ready(self) -> bool:
        """Return whether it answers."""
        try:
            return http.get(f"http://{LOOPBACK}:{self.port}/ping", timeout=2).status == 200
        except NotReadyError:
            return False

    def in_requests(self) -> list[Frame]:
        """Return where it is in the requests that it has not answered yet."""
        return thread_dump.in_requests(self._stacks(), self.path.parent)

    def in_start(self) -> Frame | None:
        """Return the line of the folder's code that it has not got past since it began; None if it
        is busy with something else."""
        return thread_dump.in_start(self._stacks(), self.path.parent)

    def hanging(self, frame: Frame, seconds: float) -> CheckFailed:
        """Return what to say of a script that is at `frame` although it began so long ago."""
        return self.code.hanging("code that starts", frame, f"after {seconds:.0f} s")

    def _stacks(self) -> str:
        """Return what `faulthandler` says of its threads; "" if it can't say."""
        if self._process is None or self._dump is None or self.has_ended():
            return ""
        size = os.fstat(self._dump.fileno()).st_size
        if not size:  # it is not ready for the signal
            return ""
        self._process.send_signal(signal.SIGUSR1)
        deadline = time.monotonic() + DUMP_TIMEOUT_S
        text = ""
        while time.monotonic() < deadline:
            time.sleep(QUIET_S)
            before = text
            text = os.pread(self._dump.fileno(), MAX_DUMP_BYTES, size).decode("ascii", "replace")
            if text and text == before:
                break
        return text

    def stop(self) -> None:
        """End it, if it is running."""
        if self._process is None or self._dump is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._dump.close()
        self._join_reader()

    def _join_reader(self) -> None:
        if self._reader:
            self._reader.join(2)  # something that the script started may still have its stderr

    def failure(self, has_answered: bool) -> CheckFailed:
        """Return why it ended. If it never `has_answered`, the last line that it printed says why;
        what a server printed last is likely about something else."""
        self._join_reader()
        lines = list(self._last_lines)
        name = self.code.name_of(self.path.name)
        last = next((line.strip() for line in reversed(lines) if line.strip()), "")
        exit_code = self._process.returncode if self._process else None
        ending = f"{name} ended by itself, with exit code {exit_code}"
        reason = ending if has_answered or not last else last
        return CheckFailed("code that runs", reason, self._place(lines))

    @property
    def port_was_taken(self) -> bool:
        """Whether it ended because another program has its port."""
        return self._process is not None and self._process.returncode == Exit.NOT_READY

    def _place(self, lines: list[str]) -> str:
        """Return the innermost line of the folder's code in the traceback."""
        for line in reversed(lines):
            frame = FRAME.search(line)
            if frame and Path(frame[1]).parent == self.path.parent:
                return f"{self.code.name_of(Path(frame[1]).name)}:{frame[2]}"
        return self.code.name_of(self.path.name)

    def _pass_on(self, stderr: IO[str]) -> None:
        """Pass on what the script prints to stderr, and keep the end of it."""
        with stderr:
            for line in stderr:
                self._last_lines.append(line.rstrip("\n"))
                with suppress(OSError):  # a full disk: go on, or the script could print no more
                    sys.stderr.write(line)
                    sys.stderr.flush()
