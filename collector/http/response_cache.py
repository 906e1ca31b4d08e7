"""The answers given last, ready to be given again.

A page asks for its trace twice, once for the server that renders it and once for its scripts, and
people go back and forth between a few traces. Putting a large one together takes most of the time,
so that a page may also ask for it before anybody has clicked.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future

_MOST_BYTES = 24 * 1024 * 1024


class Rendered:
    """Bodies of answers by a key that changes with what they say. Any thread may ask."""

    def __init__(self, most_bytes: int = _MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._bodies: OrderedDict[tuple[str, ...], bytes] = OrderedDict()
        self._coming: dict[tuple[str, ...], Future[bytes]] = {}
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, key: tuple[str, ...], make: Callable[[], bytes]) -> bytes:
        """The body under this key, made if it is not known. Who asks while it is being made waits
        for it; whatever `make` raises, all of them are told."""
        with self._lock:
            body = self._bodies.get(key)
            if body is not None:
                self._bodies.move_to_end(key)
                return body
            coming = self._coming.get(key)
            if coming is None:
                mine = self._coming[key] = Future()
        if coming is not None:
            return coming.result()
        try:
            body = make()
        except BaseException as error:
            mine.set_exception(error)
            raise
        else:
            mine.set_result(body)
            self._keep(key, body)
            return body
        finally:
            with self._lock:
                del self._coming[key]

    def _keep(self, key: tuple[str, ...], body: bytes) -> None:
        with self._lock:
            self._bodies[key] = body
            self._bytes += len(body)
            while self._bytes > self._most_bytes:
                _, oldest = self._bodies.popitem(last=False)
                self._bytes -= len(oldest)
