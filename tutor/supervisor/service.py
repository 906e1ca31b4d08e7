"""One process of the stack: how to start it, and how to tell when it is ready."""

from __future__ import annotations

import socket
from dataclasses import dataclass, field

from tutor.ports import LOOPBACK


@dataclass(frozen=True)
class Service:
    """What the supervisor needs to know about a process in order to start it."""

    name: str
    command: tuple[str, ...]
    port: int
    env: dict[str, str] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    """The services that must be ready before this one is started."""
    ready_path: str = "/ping"
    """The path that answers 200 once the service is ready; "" for Redis, which has no HTTP."""
    is_studied: bool = False
    """Whether it is the app under study. That one is left alone when it does not answer: to see an
    app that is overloaded, or hangs, is what it is for."""

    keeps_umask: bool = False
    """Whether what it writes is the learner's own, and not for its owner only like all else."""

    @property
    def url(self) -> str:
        """The address at which it answers."""
        return f"{'http' if self.ready_path else 'redis'}://{LOOPBACK}:{self.port}"


def redis_answers(host: str, port: int) -> bool:
    """Return whether a Redis at `host`:`port` takes requests (even if it asks for a password)."""
    try:
        with socket.create_connection((host, port), timeout=2) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(64).startswith((b"+PONG", b"-NOAUTH"))
    except OSError:
        return False
