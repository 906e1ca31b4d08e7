"""Sockets with a limit on all their waiting together, however little each wait brings."""

from __future__ import annotations

import socket
import ssl
from time import monotonic
from typing import Any


class DeadlineSocket(socket.socket):
    """A socket that is waited for until `deadline`, on the monotonic clock."""

    deadline = 0.0

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        """Read into a buffer. Raises `TimeoutError` once the deadline has passed."""
        left_s = self.deadline - monotonic()
        if left_s <= 0:
            raise TimeoutError("timed out")
        self.settimeout(left_s)
        return super().recv_into(*args, **kwargs)


class DeadlineTlsSocket(DeadlineSocket, ssl.SSLSocket):
    """The same with TLS."""
