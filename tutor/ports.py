"""TCP ports on this machine: which ones are free, and which program holds the others."""

from __future__ import annotations

import errno
import socket
import threading
import time
from collections import deque
from collections.abc import Collection

LOOPBACK = "127.0.0.1"
FIRST_UNRESERVED = 1024
"""The first port that any user may listen on, on most systems."""

_given: deque[int] = deque(maxlen=500)
"""The ports that `any_free` returned last: whoever got one may not listen there yet."""
_giving = threading.Lock()


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
    return not answers(port)


def answers(port: int) -> bool:
    """Return whether anything accepts connections on 127.0.0.1:`port`."""
    with socket.socket() as caller:
        caller.settimeout(0.5)
        if caller.connect_ex((LOOPBACK, port)) != 0:
            return False
        return caller.getsockname() != caller.getpeername()  # it may have met itself


def wait_until_free(port: int, timeout_s: float = 2.0) -> bool:
    """Return whether a server could listen on `port`, now or within `timeout_s` seconds.

    It waits only for what ends by itself: a connection that happens to have the port at its end.
    """
    deadline = time.monotonic() + timeout_s
    while not is_free(port):
        if port < FIRST_UNRESERVED or answers(port) or time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def any_free() -> int:
    """Return a port that nothing listens on, chosen by the operating system, and none of those
    that this process got last."""
    with _giving:
        while True:
            with socket.socket() as listener:
                listener.bind((LOOPBACK, 0))
                port = int(listener.getsockname()[1])
            if port not in _given:
                _given.append(port)
                return port


def next_free(first: int, reserved: Collection[int] = (), tries: int = 100) -> int:
    """Return the first free port at or after `first` that is not in `reserved`.

    Raises `OSError` if none of `tries` ports is free.
    """
    for port in range(first, min(first + tries, 65536)):
        if port not in reserved and is_free(port):
            return port
    raise OSError(f"no free port between {first} and {first + tries - 1}")


def holder(port: int) -> str:
    """Return who has `port`, in words: `redis-server (process 4711)`.

    That is the program that listens there. If none does, it may be one whose connection to
    somewhere else happens to have this port at its own end, even if that was closed a minute ago.
    Another user's program can be seen, but not named without that user's rights.
    """
    try:
        import psutil
    except ImportError:  # nothing is installed yet
        return "another program"
    try:
        connections = [
            connection
            for connection in psutil.net_connections(kind="tcp")
            if connection.laddr and connection.laddr.port == port
        ]
    except psutil.AccessDenied:  # macOS
        return "another program" if answers(port) else "a connection of another program"
    listening = [end for end in connections if end.status == psutil.CONN_LISTEN]
    if listening:
        pid = next((end.pid for end in listening if end.pid is not None), None)
        return _program(pid) if pid else "a program of another user"
    if connections:
        peer = connections[0].raddr
        to = f" to {peer.ip}:{peer.port}" if peer else ""
        pid = next((end.pid for end in connections if end.pid is not None), None)
        if pid:
            return f"a connection{to} of {_program(pid)}"
        if connections[0].status == psutil.CONN_TIME_WAIT:
            return f"a connection{to} that has ended (the system gives the port back in a minute)"
        return f"a connection{to} of another user's program"
    if port < FIRST_UNRESERVED:
        return "the system: ports below 1024 are for root"
    return "something that this system does not name"


def _program(pid: int) -> str:
    import psutil

    try:
        command = " ".join(psutil.Process(pid).cmdline()[:4])
    except psutil.Error:
        command = ""
    return f"{command or 'a program'} (process {pid})"
