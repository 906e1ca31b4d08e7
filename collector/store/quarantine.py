"""Files that cannot be read are set aside and named, and the collector goes on without them."""

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
from collector.store.service_catalog import Catalog

Opened = TypeVar("Opened", Catalog, Partition)


def open_or_set_aside(path: Path, kind: Callable[[Path], Opened]) -> Opened | None:
    """The file opened; `None` if it is broken, and then it has been set aside."""
    try:
        return kind(path)
    except (sqlite3.Error, BadFileError, ValueError) as error:
        set_aside(path, str(error))
        return None


def set_aside(path: Path, reason: str) -> None:
    """Give the file another name, under which it can be looked at but is not opened again."""
    if not path.exists():
        say(f"{path} is gone; going on without it")
        return
    aside = f"{path}.{int(time.time())}.broken"
    for suffix in ("", "-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            os.rename(f"{path}{suffix}", f"{aside}{suffix}")
    say(f"{path} cannot be used ({reason}); it was set aside as {aside}")


def say(line: str) -> None:
    """Tell whoever runs the collector."""
    print(f"collector: {line}", file=sys.stderr, flush=True)
