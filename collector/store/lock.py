"""One collector a folder."""

from __future__ import annotations

import fcntl
from pathlib import Path
from typing import IO


class StoreInUseError(Exception):
    """Another collector has this folder."""


def lock(folder: Path) -> IO[str]:
    """Hold the folder while the returned file is open, which is until this process ends at the
    latest. Raises `StoreInUseError`."""
    file = open(folder / "lock", "a")  # noqa: SIM115
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise StoreInUseError(
            f"another collector stores in {folder}; stop it or choose another folder with --data"
        ) from None
    return file
