"""Where the viewer keeps its traces."""

from __future__ import annotations

import fcntl
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NAME = "trace-viewer"
MEMORY = Path("/dev/shm")  # noqa: S108 (who else has it cannot read our folder)
"""A file system in memory, which Linux has."""
SETTLED_S = 60
"""A folder younger than this may belong to a viewer that is about to lock it."""


def user_folder() -> Path:
    """Return the folder for this user's data, where the platform wants it."""
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / NAME
    share = os.environ.get("XDG_DATA_HOME", "")
    return (Path(share) if share.startswith("/") else Path.home() / ".local" / "share") / NAME


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """Make a folder that is gone at the end of the block; in memory, where there is such a thing.

    It is locked while in use. What a viewer that was killed has left is not, and is deleted.
    """
    import shutil  # larger than all else here, and rarely needed
    import tempfile

    place = MEMORY if os.access(MEMORY, os.W_OK) else Path(tempfile.gettempdir())
    for left in place.glob(f"{NAME}-*"):
        _delete_if_abandoned(left)
    folder = Path(tempfile.mkdtemp(prefix=f"{NAME}-", dir=place))
    lock = _locked(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _delete_if_abandoned(folder: Path) -> None:
    try:
        import shutil

        if time.time() - folder.stat().st_mtime < SETTLED_S:
            return
        lock = _locked(folder)
    except OSError:  # in use, another user's, or gone
        return
    shutil.rmtree(folder, ignore_errors=True)
    os.close(lock)


def _locked(folder: Path) -> int:
    """Lock a folder; return its open file. Raises `OSError` if somebody else has locked it."""
    file = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(file)
        raise
    return file
