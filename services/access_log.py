"""The access log: a line per request in access.log, in the folder that LOG_DIR names, if any.

    2026-11-20T12:00:00 web GET /pair/beer?name=ipa 200 curl/8.5.0

Time, service, method, address, status and client. Lesson 1 looks here for what was explored.
"""

from __future__ import annotations

import os
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from services.printable import printable

MAX_BYTES = 4_000_000
"""Size at which the file becomes access.log.1, in place of the one before."""


class AccessLog:
    """The access log of the service `name`. Both services may write to one file."""

    def __init__(self, name: str) -> None:
        folder = os.environ.get("LOG_DIR")
        self._name = name
        self._path = Path(folder or "") / "access.log"
        self._file = self._open() if folder else None
        self._lock = threading.Lock()

    def write(self, method: str, address: str, status: int | str, agent: str) -> None:
        """Write the line of one request."""
        if self._file is not None:
            now = time.strftime("%Y-%m-%dT%H:%M:%S")
            line = printable(f"{now} {self._name} {method} {address} {status} {agent}")
            with self._lock, suppress(OSError):  # a full disk is not the visitor's problem
                self._file.write(f"{line}\n".encode())
                if os.fstat(self._file.fileno()).st_size > MAX_BYTES:
                    self._file = self._start_new_file(self._file)

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()

    def _start_new_file(self, full: BinaryIO) -> BinaryIO:
        """Move the file aside, unless the other service has done so, and return a new one."""
        with suppress(FileNotFoundError):
            if os.path.samestat(self._path.stat(), os.fstat(full.fileno())):
                self._path.replace(self._path.with_suffix(".log.1"))
        new = self._open()
        full.close()
        return new

    def _open(self) -> BinaryIO:
        return open(self._path, "ab", buffering=0)
