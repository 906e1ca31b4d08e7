"""The connections of the development server: bounded in number, the longest idle one closed first.

Each has a thread of its own, so a connection that waits costs more than a file.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class OpenConnections:
    """Those that are open, and since when each of them is idle. Thread-safe."""

    def __init__(self, max_connections: int) -> None:
        self._max = max_connections
        self._idle_since: dict[socket.socket, float | None] = {}
        """None while a request is being answered."""
        self._lock = threading.Lock()

    def add(self, connection: socket.socket) -> None:
        """Take in a new connection; close the longest idle one if there are too many."""
        with self._lock:
            too_many = len(self._idle_since) >= self._max
        if too_many:
            self.close_longest_idle()
        with self._lock:
            self._idle_since[connection] = time.monotonic()

    def remove(self, connection: socket.socket) -> None:
        """Forget a connection that is closed."""
        with self._lock:
            self._idle_since.pop(connection, None)

    @contextmanager
    def busy(self, connection: socket.socket) -> Iterator[None]:
        """Keep a connection from being closed as idle until the block ends."""
        self._set(connection, None)
        try:
            yield
        finally:
            self._set(connection, time.monotonic())

    def close_longest_idle(self) -> bool:
        """End the connection that has been idle for longest; return whether there is one."""
        with self._lock:
            idle = {each: since for each, since in self._idle_since.items() if since is not None}
            if not idle:
                return False
            longest = min(idle, key=lambda connection: idle[connection])
            del self._idle_since[longest]
        with suppress(OSError):
            longest.shutdown(socket.SHUT_RDWR)  # its thread finds the end, and closes it
        return True

    def _set(self, connection: socket.socket, idle_since: float | None) -> None:
        with self._lock:
            if connection in self._idle_since:
                self._idle_since[connection] = idle_since
