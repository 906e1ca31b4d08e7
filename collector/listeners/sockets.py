"""Sockets for all addresses of a host."""

from __future__ import annotations

import socket
from contextlib import ExitStack

Address = tuple[socket.AddressFamily, socket.SocketKind, int, "tuple[str, int]"]


def addresses(host: str, port: int, kind: socket.SocketKind) -> list[Address]:
    """Return what to bind to for a host, each once: `localhost` may be two addresses.

    Raises `OSError` if the host does not exist.
    """
    found = socket.getaddrinfo(host or None, port, type=kind, flags=socket.AI_PASSIVE)
    once = dict.fromkeys((family, kind, proto, name) for family, kind, proto, _, name in found)
    return list(once)  # type: ignore[arg-type]  # names of IPv6 have four parts


def bound_sockets(
    host: str, port: int, kind: socket.SocketKind, backlog: int = 1
) -> list[socket.socket]:
    """Return a socket for each address of a host, all with the same port, 0 for any that is free.
    Those for connections listen, and hold `backlog` of them until they are taken.

    Raises `OSError` if that is not possible; then no port is taken.
    """
    sockets = []
    with ExitStack() as opened:
        for family, _, proto, name in addresses(host, port, kind):
            sock = opened.enter_context(socket.socket(family, kind, proto))
            if family == socket.AF_INET6:
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            if kind == socket.SOCK_STREAM:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind((name[0], port, *name[2:]))
            if kind == socket.SOCK_STREAM:
                sock.listen(backlog)  # until then others may be bound to the same port
            port = sock.getsockname()[1]
            sockets.append(sock)
        opened.pop_all()
    return sockets
