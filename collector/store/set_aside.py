"""Damaged files are renamed and reported, so that the collector goes on without them."""

from __future__ import annotations

import time
from pathlib import Path

from collector.log import say
from collector.store.database import rename_database

SUFFIX = ".broken"


def set_aside(path: Path, reason: str) -> Path:
    """Rename the file, so that it can be inspected but is not opened again; return its new path.

    Raises `OSError` if it cannot be renamed.
    """
    new_path = Path(f"{path}.{int(time.time())}{SUFFIX}")
    rename_database(path, new_path)
    say(f"{path} is damaged ({reason}); it was set aside as {new_path.name}")
    return new_path
