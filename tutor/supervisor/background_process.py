"""A process of ours that goes on when the command that has started it ends."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tutor import private_files
from tutor.file_errors import must_take_files
from tutor.interrupts import uninterrupted
from tutor.paths import ROOT, data_dir, log_dir
from tutor.supervisor import log_files

LAST_LINES = 12
"""How much of what it has printed is repeated if it does not get going."""


class BackgroundProcess:
    """A process that was just started, and is ended again unless it is kept."""

    def __init__(
        self, process: subprocess.Popen[bytes], log: Path, log_start: int, failing: ExitStack
    ) -> None:
        self.pid = process.pid
        self._process = process
        self._log = log
        self._log_start = log_start
        self._failing = failing

    def is_running(self) -> bool:
        """Return whether it has not ended."""
        return self._process.poll() is None

    def keep(self) -> ExitStack:
        """Let it go on after the block. Return what ends it all the same, for those who may be
        interrupted later."""
        return self._failing.pop_all()

    def printed(self) -> str:
        """Return the last lines that it has printed."""
        return "\n".join(log_files.last_lines(self._log, LAST_LINES, self._log_start))


@contextmanager
def started(
    module: str,
    argument: str,
    log_name: str,
    end: Callable[[subprocess.Popen[bytes]], None],
    environment: Mapping[str, str] | None = None,
) -> Iterator[BackgroundProcess]:
    """Start `python -m module argument`, with its output in a log of the data folder.

    At the end of the block, however it ends, the process is ended with `end` unless it was kept.
    Raises `OSError` if nothing can be written to the data folder.
    """
    must_take_files(data_dir())
    private_files.make_folder(log_dir())
    path = log_dir() / log_name
    log_files.trim(path)
    with open(path, "ab", opener=private_files.opener) as log, ExitStack() as failing:
        log_start = log.tell()
        with uninterrupted():
            process = subprocess.Popen(
                [sys.executable, "-m", module, argument],
                cwd=ROOT,
                env={**os.environ, **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
            failing.callback(end, process)
        # Reap it if it ends before this process does; it may well outlive this process.
        threading.Thread(target=process.wait, daemon=True).start()
        yield BackgroundProcess(process, path, log_start, failing)


def end(process: subprocess.Popen[bytes], timeout_s: float) -> bool:
    """Ask a process to end, and wait; kill it if it has not ended in time. Return whether it did as
    it was asked."""
    process.terminate()
    try:
        process.wait(timeout_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return False
    return True
