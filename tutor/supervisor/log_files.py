"""The log files of the processes: bounded in size, and read from the end."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from tutor import private_files
from tutor.terminal import printable, printable_lines

MAX_BYTES = 4_000_000
"""Size at which a log is emptied. The end of its text, at most as long, is kept as `NAME.log.1`."""
CHECK_S = 0.2
"""Time between two looks at all logs."""
_BLOCK_BYTES = 512  # what `st_blocks` counts in


class LogKeeper:
    """Keeps logs within their bound while processes write to them, in a thread of its own."""

    def __init__(self, find: Callable[[], Sequence[Path]]) -> None:
        """Create a keeper that does not work yet. `find` returns the logs there are now."""
        self._find = find
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="logs", daemon=True)

    def start(self) -> None:
        """Start working."""
        self._thread.start()

    def stop(self) -> None:
        """Look at the logs for a last time, and stop."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        more = True
        while more:
            more = not self._stop.wait(CHECK_S)
            with suppress(OSError):  # a folder that is gone, or can't be read for the moment
                for path in self._find():
                    trim(path)


def trim(path: Path, max_bytes: int | None = None) -> None:
    """Empty a log that is larger than `max_bytes`, and keep the end of its text in `NAME.log.1`.

    The process goes on writing to the same open file, so the text is copied and the file emptied. A
    line written in between is lost, which is acceptable for a log. So is the text if it can't be
    copied: where the disk is full, a smaller log is worth more. None stands for `MAX_BYTES`.
    """
    max_bytes = max_bytes or MAX_BYTES
    with suppress(OSError):  # gone, or not ours
        if _size_on_disk(path) > max_bytes:
            with suppress(OSError):
                private_files.write(path.with_suffix(".log.1"), _end_of(path, max_bytes))
            os.truncate(path, 0)


def _size_on_disk(path: Path) -> int:
    """Return the size, without the hole at the start of an emptied file whose writer goes on where
    it was."""
    stat = path.stat()
    return min(stat.st_size, stat.st_blocks * _BLOCK_BYTES)


def _end_of(path: Path, max_bytes: int) -> bytes:
    """Return whole lines from the end of a file."""
    with path.open("rb") as log:
        start = max(0, log.seek(0, os.SEEK_END) - max_bytes)
        log.seek(start)
        text = log.read(max_bytes)
    return text if start == 0 else text[text.find(b"\n") + 1 :]


def say(text: str) -> None:
    """Print a line, with the time, in the supervisor's own log. Never raises: a full disk, or a log
    that is closed, must not end the one that looks after all others."""
    with suppress(OSError, ValueError, AttributeError):
        _write(sys.stdout.fileno(), text)


def say_in(path: Path, text: str) -> None:
    """Add a line, with the time, to the log of a process. Never raises, as `say`."""
    with suppress(OSError):
        log = os.open(path, os.O_WRONLY | os.O_APPEND)
        try:
            _write(log, text)
        finally:
            os.close(log)


def _write(file: int, text: str) -> None:
    line = f"{time.strftime('%H:%M:%S')} {printable_lines(text)}\n"
    os.write(file, line.encode("utf-8", "replace"))


def last_lines(path: Path, count: int, start: int = 0) -> list[str]:
    """Return up to `count` last lines of the log, printable; none from before byte `start`."""
    try:
        with path.open("rb") as log:
            end = log.seek(0, os.SEEK_END)
            log.seek(max(start if start <= end else 0, end - count * 2000))
            text = log.read().decode("utf-8", "replace")
    except FileNotFoundError:
        return []
    return [printable(line) for line in text.splitlines()[-count:]]
