"""A server that lets its client wait before it reads a large request."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

PAUSE_S = 0.3


@contextmanager
def slow_reader(body_bytes: int) -> Iterator[str]:
    """Serve one request with a body of that size, and answer `{}`; yields the address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_serve, args=(listener, body_bytes))
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        thread.join()


def _serve(listener: socket.socket, body_bytes: int) -> None:
    connection, _ = listener.accept()
    with connection:
        time.sleep(PAUSE_S)
        received = b""
        while b"\r\n\r\n" not in received:
            received += _some(connection)
        left = body_bytes - len(received.partition(b"\r\n\r\n")[2])
        while left:
            left -= len(_some(connection))
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")


def _some(connection: socket.socket) -> bytes:
    data = connection.recv(65_536)
    assert data, "the client hung up too early"
    return data
