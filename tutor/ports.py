"""TCP ports on this machine: which ones are free, and which program holds the others."""

from __future__ import annotations

import errno
import socket
from collections.abc import Collection

LOOPBACK = "127.0.0.1"


def is_free(port: int) -> bool:
    """Return whether a server could listen on 127.0.0.1:`port` now.

    Being able to bind it is not proof: some systems let two programs bind one port, one of them to
    every address. So a connection must be refused as well.
    """
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((LOOPBACK, port))
        except OSError as problem:
            if problem.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise
    with socket.socket() as caller:
        caller.settimeout(0.5)
        return caller.connect_ex((LOOPBACK, port)) != 0


def any_free() -> int:
    """Return a port that nothing listens on, chosen by the operating system."""
    with socket.socket() as listener:
        listener.bind((LOOPBACK, 0))
        return int(listener.getsockname()[1])


def next_free(first: int, reserved: Collection[int] = (), tries: int = 100) -> int:
    """Return the first free port at or after `first` that is not in `reserved`.

    Raises `OSError` if none of `tries` ports is free.
    """
    for port in range(first, min(first + tries, 65536)):
        if port not in reserved and is_free(port):
            return port
    raise OSError(f"no free port between {first} and {first + tries - 1}")


def holder(port: int) -> str:
    """Return which program listens on `port`, in words: `redis-server (process 4711)`.

    Another user's program can be seen, but not named without that user's rights.
    """
    try:
        import psutil
    except ImportError:  # nothing is installed yet
        return "another program"
    try:
        connections = psutil.net_connections(kind="tcp")
    except psutil.AccessDenied:
        connections = []
    for connection in connections:
        if connection.status != psutil.CONN_LISTEN or connection.laddr.port != port:
            continue
        if connection.pid is None:
            continue
        try:
            command = " ".join(psutil.Process(connection.pid).cmdline()[:4])
        except psutil.Error:
            command = ""
        return f"{command or 'a program'} (process {connection.pid})"
    return "a program of another user"
