"""What tests of the writer share: making spans, counting them, collectors that talk strangely."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from tracer import HttpWriter, Tracer


def trace(tracer: Tracer, times: int = 1) -> None:
    for _ in range(times):
        with tracer.trace("root"), tracer.trace("child"):
            pass


def dropped(tracer: Tracer) -> dict[str, int]:
    assert isinstance(tracer.writer, HttpWriter)
    return dict(tracer.writer.dropped)


def sent(tracer: Tracer) -> int:
    assert isinstance(tracer.writer, HttpWriter)
    return tracer.writer.sent


@contextmanager
def talking(talk: Callable[[socket.socket], None]) -> Iterator[str]:
    """Run a server that answers as `talk` does, and then hangs up."""

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection, suppress(OSError):
                connection.recv(65536)
                talk(connection)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()
