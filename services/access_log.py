"""The access log: a line per request in access.log, in the folder that LOG_DIR names, if any.

    2026-11-20T12:00:00 web GET /pair/beer?name=ipa 200 curl/8.5.0

Time, service, method, address, status and client. Lesson 1 looks here for what was explored.
"""

from __future__ import annotations

import os
import time
from pathlib import Path


class AccessLog:
    """The access log of the service `name`. Both services may write to one file."""

    def __init__(self, name: str) -> None:
        folder = os.environ.get("LOG_DIR")
        self._name = name
        self._file = open(Path(folder) / "access.log", "ab", buffering=0) if folder else None  # noqa: SIM115 (open to the end)

    def write(self, method: str, address: str, status: int | str, agent: str) -> None:
        """Write the line of one request."""
        if self._file is not None:
            now = time.strftime("%Y-%m-%dT%H:%M:%S")
            line = f"{now} {self._name} {method} {address} {status} {agent}\n"
            self._file.write(line.encode("utf-8", "replace"))

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
