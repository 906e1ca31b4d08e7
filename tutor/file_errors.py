"""Files that can't be read or written: what is wrong, and what to do about it."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from pathlib import Path

ROOM_NEEDED_BYTES = 1_000_000
"""The space that a start needs at least: the first traces, and some lines of each log."""

ELSEWHERE = "or use another folder: DATA_DIR=/some/folder ./workshop … (MINE_DIR for mine/)"
RIGHTS = f"Make it yours (`sudo` may have made it: sudo chown -R $USER FOLDER), {ELSEWHERE}"
SPACE = f"Free some space there, {ELSEWHERE}"
PLACE = "Look what is there in its place, and move it away"
FILES = "Close some programs, or allow more open files: ulimit -n 4096"

CURES = {
    errno.EACCES: RIGHTS,
    errno.EPERM: RIGHTS,
    errno.EROFS: RIGHTS,
    errno.ENOSPC: SPACE,
    errno.EDQUOT: SPACE,
    errno.EFBIG: SPACE,
    errno.ENOTDIR: PLACE,
    errno.EISDIR: PLACE,
    errno.EEXIST: PLACE,
    errno.ELOOP: PLACE,
    errno.EMFILE: FILES,
    errno.ENFILE: FILES,
}


def explain(problem: OSError) -> str:
    """Return what is wrong and, where it is known, what to do about it."""
    what = f"{problem.filename} can't be used: " if problem.filename else ""
    cure = CURES.get(problem.errno or 0)
    return f"{what}{problem.strerror or problem}." + (f"\n  {cure}." if cure else "")


def must_take_files(folder: Path) -> None:
    """Make `folder` if it is not there, and check that there is room in it.

    Raises `OSError`, which names it, if nothing can be written there.
    """
    probe = folder / f".probe-{os.getpid()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(bytes(ROOM_NEEDED_BYTES))
    except OSError as problem:
        problem.filename = str(folder)
        raise
    finally:
        with suppress(OSError):
            probe.unlink()
