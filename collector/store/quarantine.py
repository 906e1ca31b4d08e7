"""Files that cannot be read are renamed and reported, and the collector goes on without them."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from collector.store.partition import BadFileError, Partition
from collector.store.service_catalog import ServiceCatalog

Opened = TypeVar("Opened", ServiceCatalog, Partition)


def open_or_quarantine(path: Path, open_file: Callable[[Path], Opened]) -> Opened | None:
    """Return the opened file; None if it is broken, after it has been quarantined."""
    try:
        return open_file(path)
    except (sqlite3.Error, BadFileError, ValueError) as error:
        quarantine(path, str(error))
        return None


def quarantine(path: Path, reason: str) -> None:
    """Rename the file, so that it can be inspected but is not opened again."""
    if not path.exists():
        log(f"{path} is gone; going on without it")
        return
    new_path = f"{path}.{int(time.time())}.broken"
    for suffix in ("", "-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            os.rename(f"{path}{suffix}", f"{new_path}{suffix}")
    log(f"{path} cannot be used ({reason}); it was set aside as {new_path}")


def log(line: str) -> None:
    """Print a line for whoever runs the collector."""
    print(f"collector: {line}", file=sys.stderr, flush=True)
