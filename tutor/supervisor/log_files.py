"""The log files of the processes: bounded in size, and read from the end."""

from __future__ import annotations

import os
import shutil
import sys
import time
from contextlib import suppress
from pathlib import Path

MAX_BYTES = 1_000_000
"""Size at which the text of a log file is moved aside. One such older piece is kept."""


def trim(path: Path, max_bytes: int = MAX_BYTES) -> None:
    """Move the text of a log that is larger than `max_bytes` to `NAME.log.1`.

    The process goes on writing to the same open file (opened for appending), so the text is copied
    and the file emptied. A line written in between is lost, which is acceptable for a log.

    Where that can't be done (a full disk, a file of another user), the log stays as it is: nobody
    stops working because of a log.
    """
    older = path.with_suffix(".log.1")
    try:
        if path.stat().st_size <= max_bytes:
            return
        shutil.copyfile(path, older)
        os.truncate(path, 0)
    except FileNotFoundError:
        return
    except OSError:
        with suppress(OSError):
            older.unlink()  # half a copy would take what little room there is


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
    os.write(file, f"{time.strftime('%H:%M:%S')} {text}\n".encode("utf-8", "replace"))


def last_lines(path: Path, count: int, start: int = 0) -> list[str]:
    """Return up to `count` last lines of the log, none from before byte `start`."""
    try:
        with path.open("rb") as log:
            end = log.seek(0, os.SEEK_END)
            log.seek(max(start if start <= end else 0, end - count * 2000))
            text = log.read().decode("utf-8", "replace")
    except FileNotFoundError:
        return []
    return text.splitlines()[-count:]
