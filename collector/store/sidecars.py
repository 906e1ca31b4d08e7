"""The open files beside a partition, with data derived from its traces."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar, cast


class Sidecar(Protocol):
    """An open file beside a partition."""

    def close(self) -> None:
        """Close the file."""


SidecarType = TypeVar("SidecarType", bound=Sidecar)


class Sidecars:
    """Those of one partition, each opened once. They may be asked for from any thread."""

    def __init__(self) -> None:
        self._open: dict[Path, Sidecar] = {}
        self._closed = False
        self._lock = threading.Lock()

    def opened(
        self, path: Path, mark: int, open_file: Callable[[Path, int], SidecarType]
    ) -> SidecarType:
        """Return the open file; the first call opens it with `open_file`, which gets the
        partition's `mark`. Raises `sqlite3.Error` if they have been closed."""
        with self._lock:
            if self._closed:
                raise sqlite3.ProgrammingError("the partition is closed")
            if path not in self._open:
                self._open[path] = open_file(path, mark)
            return cast("SidecarType", self._open[path])

    def close(self) -> None:
        """Close all of them, and open no more."""
        with self._lock:
            self._closed = True
            for sidecar in self._open.values():
                sidecar.close()
