"""The log files of the processes: readable from the end, and never larger than they should be."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

LIMIT = 1_000_000
"""Bytes of a log file before its text is moved aside; two such pieces are kept at most."""


def trim(path: Path, limit: int = LIMIT) -> None:
    """Move the text of a log that outgrew `limit` bytes to `NAME.log.1`.

    The process goes on writing to the same open file (opened for appending), so the text is copied
    and the file emptied. A line written in between is lost, which a log can bear.
    """
    try:
        if path.stat().st_size > limit:
            shutil.copyfile(path, path.with_suffix(".log.1"))
            os.truncate(path, 0)
    except FileNotFoundError:
        return


def last_lines(path: Path, count: int, start: int = 0) -> list[str]:
    """The last `count` lines of the log, none of them from before byte `start`."""
    try:
        with path.open("rb") as log:
            end = log.seek(0, os.SEEK_END)
            log.seek(max(start if start <= end else 0, end - count * 2000))
            text = log.read().decode("utf-8", "replace")
    except FileNotFoundError:
        return []
    return text.splitlines()[-count:]
