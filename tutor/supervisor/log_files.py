"""The log files of the processes: bounded in size, and read from the end."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

MAX_BYTES = 1_000_000
"""Size at which the text of a log file is moved aside. One such older piece is kept."""


def trim(path: Path, max_bytes: int = MAX_BYTES) -> None:
    """Move the text of a log that is larger than `max_bytes` to `NAME.log.1`.

    The process goes on writing to the same open file (opened for appending), so the text is copied
    and the file emptied. A line written in between is lost, which is acceptable for a log.
    """
    try:
        if path.stat().st_size > max_bytes:
            shutil.copyfile(path, path.with_suffix(".log.1"))
            os.truncate(path, 0)
    except FileNotFoundError:
        return


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
