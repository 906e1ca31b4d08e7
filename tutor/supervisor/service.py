"""One process of the stack: how to start it, and how to tell that it is ready."""

from __future__ import annotations

import socket
from dataclasses import dataclass, field

from tutor import http
from tutor.errors import NotReadyError, UsageError
from tutor.ports import LOOPBACK


@dataclass(frozen=True)
class Service:
    """What the supervisor has to know about a process before it can start it."""

    name: str
    command: tuple[str, ...]
    port: int
    env: dict[str, str] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    """The services that must be ready before this one is started."""
    ready_path: str = "/ping"
    """The page that answers 200 once the service is ready; "" for Redis, which speaks no HTTP."""

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"{'http' if self.ready_path else 'redis'}://{LOOPBACK}:{self.port}"

    def is_ready(self) -> bool:
        """Whether it answers now."""
        if not self.ready_path:
            return redis_answers(LOOPBACK, self.port)
        try:
            url = self.url + self.ready_path
            return http.get(url, timeout=2, headers=http.UNSAMPLED).status == 200
        except (NotReadyError, UsageError):
            return False


def redis_answers(host: str, port: int) -> bool:
    """Whether a Redis at `host`:`port` takes requests (one that asks for a password does)."""
    try:
        with socket.create_connection((host, port), timeout=2) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(64).startswith((b"+PONG", b"-NOAUTH"))
    except OSError:
        return False
