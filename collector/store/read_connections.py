"""The connections by which the file of a partition is read."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

from collector.store.database import connect, inode_at

MAX_IDLE = 2
MAX_IDLE_SEALED = 1
"""Connections kept for the next reader. Each has a cache that is only ever filled, and there are
many sealed partitions."""


class ReadConnections:
    """Those of one file. Any thread may take one, and has it for itself until it gives it back."""

    def __init__(self, path: Path, inode: int) -> None:
        """Open none yet. Only the file with this inode is read."""
        self.is_closed = False
        self._path = path
        self._inode = inode
        self._idle: list[sqlite3.Connection] = []
        self._lock = threading.Lock()

    def take(self) -> sqlite3.Connection:
        """Return a connection: one that was given back, or else a new one.

        Raises `sqlite3.Error` if the file cannot be opened or is gone, `OSError` if that cannot be
        told.
        """
        with self._lock:
            connection = self._idle.pop() if self._idle else None
        return connection or self._connect()

    def give_back(self, connection: sqlite3.Connection, max_idle: int) -> None:
        """Keep the connection for the next reader, or close it if there are so many already."""
        with self._lock:
            is_kept = not self.is_closed and len(self._idle) < max_idle
            if is_kept:
                self._idle.append(connection)
        if not is_kept:
            connection.close()

    def close(self) -> None:
        """Close them; those in use are closed when they are given back."""
        with self._lock:
            self.is_closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _connect(self) -> sqlite3.Connection:
        connection = connect(self._path)
        try:
            if inode_at(self._path) != self._inode:  # it may be another collector's by now
                raise sqlite3.OperationalError(f"{self._path} is gone")
        except BaseException:
            connection.close()
            raise
        return connection
