"""A file of lines that several processes may write to, and that does not grow forever."""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from services.printable import printable


class LogFile:
    """A log at `path`. When it has grown past `max_bytes` it is moved to the same name with `.1`,
    in place of the one before, and a new one is begun. Safe for use by threads."""

    def __init__(self, path: Path, max_bytes: int) -> None:
        """Open the file. Raises `OSError` if that is impossible."""
        self._path = path
        self._max_bytes = max_bytes
        self._file = self._open()
        self._lock = threading.Lock()

    def write(self, text: str) -> None:
        """Write a line, whatever it holds made printable."""
        line = f"{printable(text)}\n".encode()
        with self._lock, suppress(OSError):  # a full disk is not the visitor's problem
            self._file.write(line)
            if os.fstat(self._file.fileno()).st_size > self._max_bytes:
                self._file = self._start_new_file(self._file)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _start_new_file(self, full: BinaryIO) -> BinaryIO:
        """Move the file aside, unless another process has done so, and return a new one."""
        with suppress(FileNotFoundError):
            if os.path.samestat(self._path.stat(), os.fstat(full.fileno())):
                self._path.replace(self._path.with_name(f"{self._path.name}.1"))
        new = self._open()
        full.close()
        return new

    def _open(self) -> BinaryIO:
        return open(self._path, "ab", buffering=0)
