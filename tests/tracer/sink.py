"""A collector for tests: keeps what it receives, and can be made to misbehave."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec

ANSWER = b'{"rate_by_service":{"service:,env:":1}}'


class Sink(ThreadingHTTPServer):
    """Keeps the traces that it receives in `traces`, unless `behave` answers otherwise."""

    daemon_threads = True

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.traces: list[list[dict[str, Any]]] = []
        self.requests = 0
        self.connections: list[socket.socket] = []
        """All connections that were ever opened."""
        self.headers: dict[str, str] = {}
        self.behave: Callable[[_Handler], bool] = lambda handler: False
        """Answers a request in another way and returns True, or leaves it to the sink: False."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def spans(self) -> list[dict[str, Any]]:
        return [span for trace in self.traces for span in trace]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print nothing about clients that have gone."""


class _Handler(BaseHTTPRequestHandler):
    server: Sink
    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        super().setup()
        self.server.connections.append(self.connection)

    def do_PUT(self) -> None:
        sink = self.server
        sink.requests += 1
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if sink.behave(self):
            return
        assert self.path == "/v0.4/traces"
        sink.headers = dict(self.headers)
        sink.traces += msgspec.msgpack.decode(body)
        self.answer(200)

    def answer(self, status: int, body: bytes = ANSWER) -> bool:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        return True

    def reset(self) -> bool:
        """Close the connection with a reset (RST)."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.close_connection = True
        self.connection.close()
        return True

    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def running_sink(port: int = 0) -> Iterator[Sink]:
    """Run a sink, on a free port unless one is given, until the block ends."""
    sink = Sink(port)
    thread = threading.Thread(target=sink.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield sink
    finally:
        sink.shutdown()
        thread.join()
        for connection in sink.connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        sink.server_close()
