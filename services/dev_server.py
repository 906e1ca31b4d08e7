"""The development server that runs the two services, by default for this machine only."""

from __future__ import annotations

import argparse
import errno
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from werkzeug.serving import ThreadedWSGIServer

from services import current_trace
from services.access_log import AccessLog
from services.bounded_server import ACCEPT_PAUSE_S, MAX_CONNECTIONS, NO_FILE_LEFT, raise_file_limit
from services.dials import dials, pause
from services.gate import Gate
from services.keepalive_handler import Handler
from services.open_connections import OpenConnections
from services.printable import make_logs_printable

UNGATED_PATHS = ("/ping", "/dials")
"""Paths of requests that do not wait for a worker."""
GRACE_S = 5
"""Seconds that requests under way have to finish when the server stops."""
EXIT_PORT_TAKEN = 3


def run(app: Flask, name: str, port: int) -> None:
    """Serve `app` until SIGTERM or Ctrl-C, on --host and --port, HOST and PORT, or `port`.

    Exits with 2 if the arguments make no sense, with 3 if the port is taken.
    """
    make_logs_printable()
    listener = listener_for(name, port)
    with listener:
        server = Server(app, name, listener)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: server.stop())
    print(f"{name} listening on http://{server.host}:{server.port}", flush=True)
    server.serve_forever(poll_interval=0.1)
    server.finish()
    current_trace.shutdown()


def listener_for(name: str, port: int) -> socket.socket:
    """Return a socket for the service `name`, on --host and --port, HOST and PORT, or `port`.

    Exits with 2 if the arguments make no sense, with 3 if the port is taken.
    """
    arguments = _arguments(name, port)
    try:
        return listen(arguments.host, arguments.port)
    except OSError as problem:
        print(f"{name}: {_explain(problem, arguments.host, arguments.port)}", file=sys.stderr)
        raise SystemExit(EXIT_PORT_TAKEN) from None


class Server(ThreadedWSGIServer):
    """One thread for each connection; the taster's requests pass a gate of TASTER_WORKERS first.

    The gate is outside of the app, and so of its tracing, like the queue in front of a server with
    few workers: waiting there shows as a gap between the client's start and the server's
    (bottleneck 8). Requests about the server itself do not wait.
    """

    def __init__(self, app: Flask, name: str, listener: socket.socket) -> None:
        host, port = listener.getsockname()[:2]
        super().__init__(host, port, app, Handler, fd=listener.fileno())
        self._gate = Gate(lambda: dials.TASTER_WORKERS) if name == "taster" else None
        if self._gate:
            dials.on_turn("TASTER_WORKERS", self._gate.resize)
        self.connections = OpenConnections(min(MAX_CONNECTIONS, raise_file_limit() // 2))
        self.access_log = AccessLog(name)
        self._open_requests = 0
        self._requests_changed = threading.Condition()

    def get_request(self) -> tuple[socket.socket, Any]:
        """Accept a connection. Raises `OSError` if there is no file left for it: then one that is
        idle is closed, or the loop waits a little, so that it does not spin."""
        try:
            connection, address = super().get_request()
        except OSError as problem:
            if problem.errno in NO_FILE_LEFT and not self.connections.close_longest_idle():
                time.sleep(ACCEPT_PAUSE_S)
            raise
        self.connections.add(connection)
        return connection, address

    def close_request(self, request: Any) -> None:
        """Close a connection."""
        self.connections.remove(request)
        super().close_request(request)

    def shake_hands(self) -> None:
        """Wait for as long as the handshakes of a new connection take over a network."""
        if self._gate:
            pause(dials.CONNECT_MS)

    @contextmanager
    def turn(self, path: str) -> Iterator[None]:
        """Wait until a request for `path` may be handled, holding a place until the block ends."""
        with self._requests_changed:
            self._open_requests += 1
        place = self._gate.queue_up() if self._gate and path not in UNGATED_PATHS else None
        try:
            if place:
                place.wait()
            yield
        finally:
            if place and self._gate:
                self._gate.leave(place)
            with self._requests_changed:
                self._open_requests -= 1
                self._requests_changed.notify_all()

    def stop(self) -> None:
        """Accept no more connections and let `serve_forever` return. For a signal handler."""
        threading.Thread(target=self.shutdown).start()

    def finish(self) -> None:
        """Wait for requests under way, for at most `GRACE_S` seconds."""
        self.server_close()
        with self._requests_changed:
            self._requests_changed.wait_for(lambda: not self._open_requests, timeout=GRACE_S)
        self.access_log.close()


def host() -> str:
    """Return the address to listen on, or its name: that of --host, of HOST, or 127.0.0.1."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    _add_host(parser)
    return str(parser.parse_known_args()[0].host)


def _arguments(name: str, port: int) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=f"The service {name} of Beer & Donuts.", allow_abbrev=False
    )
    _add_host(parser)
    parser.add_argument(
        "--port",
        type=_port,
        default=os.environ.get("PORT") or str(port),
        help="(PORT) default: %(default)s; 0 takes a free one",
    )
    return parser.parse_args()


def _add_host(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--host", default=os.environ.get("HOST") or "127.0.0.1", help="(HOST) default: %(default)s"
    )


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"a port is a number from 0 to 65535, not {text!r}")
    return int(text)


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that accepts connections; port 0 is any free one.

    Raises `OSError` if the port is taken or the host is not this machine.
    """
    family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listener = socket.socket(family, kind)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener


def _explain(problem: OSError, host: str, port: int) -> str:
    if problem.errno == errno.EADDRINUSE:
        return f"port {port} is taken. Stop what uses it, or choose another one with --port"
    return f"can't listen on {host}:{port}: {problem.strerror}"
