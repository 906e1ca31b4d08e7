"""Files that only their owner may read: spans tell a lot about an app and its users."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

FILE_MODE, FOLDER_MODE = 0o600, 0o700
UMASK = 0o077
"""What a process must not allow others in what it makes, for all of it to have these modes."""


def tighten(folder: Path) -> None:
    """Give what an earlier version left in `folder`, and the folder itself, these modes.

    Whatever belongs to somebody else stays as it is, and so does what a link points at.
    """
    for path, _, files in os.walk(folder):
        _set_mode(Path(path), FOLDER_MODE)
        for name in files:
            _set_mode(Path(path, name), FILE_MODE)


def _set_mode(path: Path, mode: int) -> None:
    with suppress(OSError):
        if not path.is_symlink():
            os.chmod(path, mode)
