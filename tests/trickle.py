"""A server whose answers arrive a byte at a time, so that no single read of them is late."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

PAUSE_S = 0.05
"""Seconds from one byte to the next."""


@contextmanager
def trickling(head: bytes = b"", most: int = 10_000) -> Iterator[str]:
    """Run a server that answers with `head` and then with a byte at a time, at most so many.

    Its address is yielded.
    """
    over = threading.Event()
    threads: list[threading.Thread] = []

    def answer(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.recv(65_536)
            connection.sendall(head)
            for _ in range(most):
                if over.wait(PAUSE_S):
                    return
                connection.sendall(b"x")

    def serve() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threads.append(threading.Thread(target=answer, args=(connection,)))
                threads[-1].start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threads.append(threading.Thread(target=serve))
        threads[0].start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            over.set()
            listener.shutdown(socket.SHUT_RDWR)
            for thread in list(threads):
                thread.join()
