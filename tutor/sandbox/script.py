"""A script of the learner's, as a process that may or may not run, and why it does not."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections import deque
from pathlib import Path
from typing import IO

from tutor import http
from tutor.errors import Exit, NotReadyError
from tutor.failure import CheckFailed
from tutor.ports import LOOPBACK
from tutor.sandbox.app_code import Code

PATIENCE = 6.0
"""Seconds that the script may take to end."""

FRAME = re.compile(r'File "(.+)", line (\d+)')


class Script:
    """The script at `path`, as a process that may or may not run."""

    def __init__(self, path: Path, port: int) -> None:
        self.path = path
        self.port = port
        self.code = Code(path.parent)
        self._last_words: deque[str] = deque(maxlen=60)
        self._process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None

    def start(self) -> None:
        """Start it. Raises `CheckFailed` if it is no valid Python."""
        self.code.must_compile()
        self._last_words.clear()
        # No .pyc files: two saves of one size within a second would look the same to Python.
        process = subprocess.Popen(
            [sys.executable, "-u", str(self.path)],
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
        )
        self._reader = threading.Thread(target=self._listen, args=(process.stderr,), daemon=True)
        self._reader.start()
        self._process = process

    def has_ended(self) -> bool:
        return self._process is None or self._process.poll() is not None

    def is_ready(self) -> bool:
        """Whether it answers."""
        try:
            return http.get(f"http://{LOOPBACK}:{self.port}/ping", timeout=2).status == 200
        except NotReadyError:
            return False

    def stop(self) -> None:
        """End it, if it runs."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._join()

    def _join(self) -> None:
        if self._reader:
            self._reader.join(2)  # something that the script started may still have its stderr

    def autopsy(self, has_answered: bool) -> CheckFailed:
        """Why it ended. The last words of one that never `has_answered` tell; a server's are
        likely about something else."""
        self._join()
        words = list(self._last_words)
        name = self.code.name_of(self.path.name)
        last = next((line.strip() for line in reversed(words) if line.strip()), "")
        code = self._process.returncode if self._process else None
        how = f"{name} ended by itself, with exit code {code}"
        reason = how if has_answered or not last else last
        return CheckFailed("code that runs", reason, self._place(words))

    @property
    def port_was_taken(self) -> bool:
        """Whether it ended because another program has its port."""
        return self._process is not None and self._process.returncode == Exit.NOT_READY

    def _place(self, words: list[str]) -> str:
        """The innermost line of the folder's code in the traceback."""
        for line in reversed(words):
            frame = FRAME.search(line)
            if frame and Path(frame[1]).parent == self.path.parent:
                return f"{self.code.name_of(Path(frame[1]).name)}:{frame[2]}"
        return self.code.name_of(self.path.name)

    def _listen(self, stderr: IO[str]) -> None:
        """Pass on what the script prints to stderr, and keep the end of it."""
        with stderr:
            for line in stderr:
                self._last_words.append(line.rstrip("\n"))
                sys.stderr.write(line)
                sys.stderr.flush()
