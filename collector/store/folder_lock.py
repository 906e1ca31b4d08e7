"""The lock on a folder: which collector it belongs to, also after somebody deleted it."""

from __future__ import annotations

import fcntl
import os
import threading
from pathlib import Path


class StoreInUseError(Exception):
    """Another collector is using this folder."""


class FolderLock:
    """The lock on a folder, held until this is closed or the process ends.

    It is on a file, and a file may be deleted together with its folder while it is locked. A second
    collector then finds nothing, and locks a new file of the same name. The two tell from the
    files' inodes whose folder it is.
    """

    def __init__(self, folder: Path) -> None:
        """Create the folder, if need be, and lock it.

        Raises `StoreInUseError` if another collector has it, `OSError` if it is not writable.
        """
        self._folder = folder
        self._path = folder / "lock"
        self._file = self._take()
        self._one_at_a_time = threading.Lock()

    def problem(self) -> str:
        """Return why the folder is not ours, in a sentence; "" if it is.

        A folder or lock file that was deleted, and that nobody has made again, is taken again.
        """
        with self._one_at_a_time:
            try:
                if os.path.samestat(self._path.stat(), os.fstat(self._file)):
                    return ""
            except FileNotFoundError:
                return self._take_again()
            except OSError as error:
                return f"{self._folder} cannot be read: {error.strerror}"
            return _taken_over(self._folder)

    def close(self) -> None:
        """Let others have the folder."""
        os.close(self._file)

    def _take(self, flags: int = 0) -> int:
        self._folder.mkdir(parents=True, exist_ok=True)
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | flags, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(file)
            raise StoreInUseError(
                f"another collector stores in {self._folder}; "
                "stop it or choose another folder with --data"
            ) from None
        return file

    def _take_again(self) -> str:
        """Lock the folder anew; return why that is not possible, "" if it is ours again."""
        try:
            new = self._take(os.O_EXCL)  # whoever creates the file may have it
        except (FileExistsError, StoreInUseError):
            return _taken_over(self._folder)
        except OSError as error:
            return f"{self._folder} was deleted and cannot be made again: {error.strerror}"
        old, self._file = self._file, new
        os.close(old)
        return ""


def _taken_over(folder: Path) -> str:
    return (
        f"{folder} was deleted and made again, and is no longer this collector's; "
        "stop this one, or restart it when nothing else stores there"
    )
