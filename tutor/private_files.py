"""Files that only their owner may read: everything in the data folder.

The learner's own folder is not among them: what is written there has the learner's umask.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

FILE_MODE, FOLDER_MODE = 0o600, 0o700
UMASK = 0o077
"""What a process must not allow others in what it makes, for all of it to have these modes."""
OURS = ("logs", "traces", "runs", "course", "stack.*", "beer.db*", "challenge*.json")
"""What the workshop writes to a data folder."""


def opener(path: str, flags: int) -> int:
    """Open a file for its owner only. To be given to `open` as the argument of that name."""
    file = os.open(path, flags, FILE_MODE)
    with suppress(OSError):  # it was there already, and belongs to somebody else
        os.fchmod(file, FILE_MODE)
    return file


def write(path: Path, content: bytes) -> None:
    """Write a whole file. Raises `OSError` if that fails."""
    with open(path, "wb", opener=opener) as file:
        file.write(content)


def replace(path: Path, content: bytes) -> None:
    """Write a whole file; a reader sees the old one or the new one, never half of one.

    Raises `OSError` if that fails.
    """
    fresh = path.with_suffix(".new")
    write(fresh, content)
    os.replace(fresh, path)


def make_folder(path: Path) -> None:
    """Make a folder, and those above it, unless they exist. Raises `OSError` if that fails."""
    if not path.is_dir():
        make_folder(path.parent)
        path.mkdir(FOLDER_MODE, exist_ok=True)


def tighten_data(folder: Path) -> None:
    """Give what an earlier version left in the data folder these modes.

    The folder itself gets its mode only if nothing else is in it: it may be a shared one.
    """
    ours = {path for pattern in OURS for path in folder.glob(pattern)}
    for path in ours:
        tighten(path)
    if ours.issuperset(folder.iterdir()):
        _set_mode(folder, FOLDER_MODE)


def tighten(path: Path) -> None:
    """Give a file, or a folder and what is in it, these modes.

    Whatever belongs to somebody else stays as it is, and so does what a link points at.
    """
    if not path.is_dir():
        _set_mode(path, FILE_MODE)
    for folder, _, files in os.walk(path):
        _set_mode(Path(folder), FOLDER_MODE)
        for name in files:
            _set_mode(Path(folder, name), FILE_MODE)


def _set_mode(path: Path, mode: int) -> None:
    with suppress(OSError):
        if not path.is_symlink():
            os.chmod(path, mode)
