"""What an error of a file means: that the file is damaged, or that it cannot be used at present."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
from contextlib import ExitStack
from pathlib import Path

import msgspec

_SQLITE_CORRUPT, _SQLITE_NOTADB = 11, 26
_LITTLE_ROOM_BYTES = 1024 * 1024
_FILES_OF_ONE = 8
"""What SQLite may have open for one database, and some more."""
_CURES = {
    errno.EACCES: "give this user the right to read and write it (chown, chmod)",
    errno.EMFILE: "allow more open files (ulimit -n 4096)",
    errno.ENFILE: "the system has too many files open; close some programs",
    errno.ENOSPC: "free some space",
    errno.EDQUOT: "free some space, or have your quota raised",
    errno.EIO: "the disk may be failing; look at the system's log",
    errno.EISDIR: "a folder is in the way; move it",
}
_CURES |= {errno.EPERM: _CURES[errno.EACCES], errno.EROFS: "mount the disk for writing"}


class CannotOpenError(Exception):
    """A file of the store cannot be used at present; the message says why and what to do."""

    def __init__(self, path: Path, error: Exception) -> None:
        reason, cure = _explain(path, error)
        super().__init__(
            f"{path} cannot be used: {reason}; {cure}, or choose another folder with --data"
        )


class OtherVersionError(Exception):
    """A partition that another version of the collector wrote."""

    cure = "start that version"


def is_damage(error: BaseException) -> bool:
    """Return whether the error says that the content of a file is damaged.

    Anything else (no right to read it, a full disk, a lock, too many open files) may be over
    tomorrow, and the file is as good as before.
    """
    if isinstance(error, (msgspec.DecodeError, UnicodeDecodeError)):
        return True
    if isinstance(error, sqlite3.OperationalError):
        return "decode to UTF-8" in str(error)  # Python's, not SQLite's: it has no code
    if type(error) is not sqlite3.DatabaseError:
        return False
    code = getattr(error, "sqlite_errorcode", _SQLITE_CORRUPT)  # there is none before Python 3.11
    return code & 0xFF in (_SQLITE_CORRUPT, _SQLITE_NOTADB)


def _explain(path: Path, error: Exception) -> tuple[str, str]:
    """Return the reason and the cure."""
    number = error.errno if isinstance(error, OSError) else _system_error(path)
    if number:
        return os.strerror(number), _CURES.get(number, "put that right")
    text = str(error)
    if "locked" in text:
        return text, "close the program that has it open"
    if "I/O error" in text:
        return text, f"{_CURES[errno.ENOSPC]}, or see in the system's log whether the disk fails"
    return text, getattr(error, "cure", "put that right")


def _system_error(path: Path) -> int:
    """Return the system's reason why the file cannot be used, which SQLite keeps to itself; 0 if
    there is none."""
    folder = path if path.is_dir() else path.parent
    try:
        with ExitStack() as opened:
            for _ in range(_FILES_OF_ONE):
                opened.callback(os.close, os.open(folder, os.O_RDONLY | os.O_CLOEXEC))
            if path.is_file():
                opened.callback(os.close, os.open(path, os.O_RDWR | os.O_CLOEXEC))
        full = shutil.disk_usage(folder).free < _LITTLE_ROOM_BYTES
    except OSError as error:
        return error.errno or 0
    return errno.ENOSPC if full else 0
