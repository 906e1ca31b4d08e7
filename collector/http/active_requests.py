"""The requests being served right now, so that long work can keep out of the way.

All threads of a process share one lock in Python. A thread that computes holds it for up to 5 ms
before the next one gets it, and a search lets go of it with every row that it reads.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask

_PAUSE_S = 0.001
"""As good as nothing, but everybody else comes first."""


class ActiveRequests:
    """Counts the requests being served. Readers of the live stream do not count while they wait."""

    def __init__(self, app: Flask) -> None:
        self._active = 0
        self._last_end = 0.0
        self._lock = threading.Lock()
        app.before_request(self.enter)
        app.teardown_request(self.leave)

    def is_quiet(self, seconds: float) -> bool:
        """Tell whether no request is being served, nor has been for that many seconds."""
        return not self._active and time.monotonic() - self._last_end > seconds

    def give_way(self) -> None:
        """Let other requests go first. To be called now and then by a request that takes long."""
        time.sleep(_PAUSE_S if self._active > 1 else 0)

    def enter(self) -> None:
        """Count a request that begins to be served."""
        with self._lock:
            self._active += 1

    def leave(self, problem: BaseException | None = None) -> None:
        """Count a request out that is over."""
        with self._lock:
            self._active -= 1
            self._last_end = time.monotonic()

    @contextmanager
    def elsewhere(self) -> Iterator[None]:
        """Do not count this request until the block ends: another process works on it."""
        self.leave()
        try:
            yield
        finally:
            self.enter()
