"""A cache of encoded answers and sums, bounded by their size.

People go back and forth between a few traces, and encoding a large one takes most of the time. So a
page may also ask for a trace before anybody has clicked.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future

_MAX_BYTES = 12 * 1024 * 1024
"""Enough for a trace of 100,000 spans, or hundreds of ordinary ones."""
_MAX_IDLE_S = 300.0
"""Time after which a value that nobody has asked for is let go. Without it, a cache only stops
growing once it is full, however little of it is of use."""


class BytesCache:
    """The values used last, by a key that changes with their content. Thread-safe."""

    def __init__(self, max_bytes: int = _MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._values: OrderedDict[tuple[str, ...], tuple[float, bytes]] = OrderedDict()
        """By key, the moment of the last use and the value; used last comes last."""
        self._coming: dict[tuple[str, ...], Future[bytes]] = {}
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, key: tuple[str, ...], make: Callable[[], bytes]) -> bytes:
        """Return the value under this key; make it if there is none. Concurrent callers wait for
        the first one; if `make` raises, all get the exception."""
        with self._lock:
            if key in self._values:
                _, value = self._values.pop(key)
                self._values[key] = time.monotonic(), value
                return value
            coming = self._coming.get(key)
            if coming is None:
                mine = self._coming[key] = Future()
        if coming is not None:
            return coming.result()
        try:
            value = make()
        except BaseException as error:
            mine.set_exception(error)
            raise
        else:
            mine.set_result(value)
            self._keep(key, value)
            return value
        finally:
            with self._lock:
                del self._coming[key]

    def _keep(self, key: tuple[str, ...], value: bytes) -> None:
        now = time.monotonic()
        with self._lock:
            self._values[key] = now, value
            self._bytes += len(value)
            while self._values:
                used, oldest = next(iter(self._values.values()))
                if self._bytes <= self._max_bytes and now - used <= _MAX_IDLE_S:
                    break
                self._values.popitem(last=False)
                self._bytes -= len(oldest)
