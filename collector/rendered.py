"""The answers given last, ready to be given again.

A page asks for its trace twice, once for the server that renders it and once for its scripts, and
people go back and forth between a few traces. Putting a large one together takes most of the time.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable

_MOST_BYTES = 8 * 1024 * 1024


class Rendered:
    """Bodies of answers by a key that changes with what they say. Any thread may ask."""

    def __init__(self, most_bytes: int = _MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._bodies: OrderedDict[tuple[str, ...], bytes] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, key: tuple[str, ...], make: Callable[[], bytes]) -> bytes:
        """The body under this key, made if it is not known."""
        with self._lock:
            body = self._bodies.get(key)
            if body is not None:
                self._bodies.move_to_end(key)
                return body
        body = make()
        with self._lock:
            if key not in self._bodies:
                self._bodies[key] = body
                self._bytes += len(body)
            while self._bytes > self._most_bytes:
                _, oldest = self._bodies.popitem(last=False)
                self._bytes -= len(oldest)
        return body
