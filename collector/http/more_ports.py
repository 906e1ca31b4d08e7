"""Listening on the usual ports of each format's clients, beside the collector's own.

One that is taken costs no other: why it is not open is said in the log and by the API.
"""

from __future__ import annotations

import socket

from collector.http.app import Collector
from collector.http.bounded_server import BoundedServer
from collector.listeners.grpc_server import GrpcListener, GrpcNotInstalledError
from collector.listeners.listener import Listener
from collector.listeners.ports import ANY_FREE, RECEIVERS, Receiver, why_not
from collector.listeners.sockets import bound_sockets
from collector.listeners.udp import UdpListener
from collector.log import say


def open_more_ports(collector: Collector, server: BoundedServer, host: str, which: str) -> None:
    """Open a port for each receiver that has one of its own; `which` is `ANY_FREE` or `USUAL`."""
    for receiver in RECEIVERS:
        if not receiver.usual_port:
            continue
        port = 0 if which == ANY_FREE else receiver.usual_port
        try:
            opened = _open(receiver, collector, server, host, port)
        except (OSError, GrpcNotInstalledError) as problem:
            why = why_not(problem, receiver) if isinstance(problem, OSError) else str(problem)
            collector.ports.failed(receiver.name, why)
            say(why)
        else:
            collector.ports.opened(receiver.name, opened)


def _open(
    receiver: Receiver, collector: Collector, server: BoundedServer, host: str, port: int
) -> int:
    """Listen on a port, 0 for any; return which it is.

    Raises `OSError` if that is not possible, `GrpcNotInstalledError` if it needs what is missing.
    """
    if receiver.protocol == "http":
        return _serve_http(collector, server, host, port)
    listener: Listener
    if receiver.protocol == "udp":
        listener = UdpListener(receiver, host, port, collector.datagram_intake(receiver.name))
    else:
        listener = GrpcListener(receiver, host, port, collector.answer_calls(receiver.name))
    collector.listeners.append(listener)
    listener.start()
    return listener.port


def _serve_http(collector: Collector, server: BoundedServer, host: str, port: int) -> int:
    """Have the server, whose loop is one for all, answer on another port."""
    sockets = bound_sockets(host, port, socket.SOCK_STREAM, server.adj.backlog)
    for sock in sockets:
        another = BoundedServer(
            collector.app,
            _sock=sock,
            bind_socket=False,
            sockinfo=(sock.family, sock.type, sock.proto, sock.getsockname()),
            map=server._map,
            dispatcher=server.task_dispatcher,
            adj=server.adj,
        )
        another.channel_class = server.channel_class
    return int(sockets[0].getsockname()[1])
