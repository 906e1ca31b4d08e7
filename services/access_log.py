"""The access log: a line per request in access.log, in the folder that LOG_DIR names, if any.

    2026-11-20T12:00:00 web GET /pair/beer?name=ipa 200 curl/8.5.0

Time, service, method, address, status and client. Lesson 1 looks here for what was explored.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from services.log_file import LogFile

MAX_BYTES = 4_000_000
"""Size at which the file becomes access.log.1, in place of the one before."""


class AccessLog:
    """The access log of the service `name`. Both services may write to one file."""

    def __init__(self, name: str) -> None:
        folder = os.environ.get("LOG_DIR")
        self._name = name
        self._file = LogFile(Path(folder) / "access.log", MAX_BYTES) if folder else None

    def write(self, method: str, address: str, status: int | str, agent: str) -> None:
        """Write the line of one request."""
        if self._file is not None:
            now = time.strftime("%Y-%m-%dT%H:%M:%S")
            self._file.write(f"{now} {self._name} {method} {address} {status} {agent}")

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
