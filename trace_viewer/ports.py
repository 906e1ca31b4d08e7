"""Ports to listen on, and how to reach them."""

from __future__ import annotations

import errno
import socket

MAX_TRIES = 100
"""How many ports after a taken one are tried."""
MAX_PORT = 65_535
EVERY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104
"""What to connect to where a server listens on every address."""


def is_free(host: str, port: int) -> bool:
    """Return whether a server could listen there. Being able to bind is not proof: some systems let
    two programs bind one port, one of them to every address.

    Raises `OSError` if the address is none of this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError as problem:
            if problem.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise
    try:
        connection_to(host, port, 0.2).close()
    except OSError:
        return True
    return False


def any_free(host: str) -> int:
    """Return a port that the system chooses."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as listener:
        listener.bind((host, 0))
        return int(listener.getsockname()[1])


def next_free(host: str, taken: int) -> int | None:
    """Return the first free port after a taken one; None if there is none near."""
    ports = range(taken + 1, min(taken + 1 + MAX_TRIES, MAX_PORT + 1))
    return next((port for port in ports if is_free(host, port)), None)


def connection_to(host: str, port: int, timeout_s: float) -> socket.socket:
    """Return a connection to a server that listens there. Raises `OSError` if none does."""
    return socket.create_connection((reachable(host), port), timeout_s)


def reachable(host: str) -> str:
    """Return the address at which a server that listens on `host` can be reached from here."""
    return EVERY_ADDRESS.get(host, host)


def url(host: str, port: int) -> str:
    """Return the address of a server as people open it."""
    name = reachable(host)
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"
