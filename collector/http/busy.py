"""Who is being served right now, so that long work can keep out of the way.

All threads of a process share one lock in Python. Whoever computes holds it for up to 5 ms before
the next one gets it, and a search lets go of it with every row that it reads.
"""

from __future__ import annotations

import threading
import time

from flask import Flask

_PAUSE = 0.001
"""Seconds; as good as nothing, but everybody else comes first."""


class Traffic:
    """Counts the requests under way. Readers of the live stream do not count while they wait."""

    def __init__(self, app: Flask) -> None:
        self._under_way = 0
        self._left = 0.0
        self._lock = threading.Lock()
        app.before_request(self._enter)
        app.teardown_request(self._leave)

    def is_quiet(self, seconds: float) -> bool:
        """Whether nobody is being served, and nobody was for so long."""
        return not self._under_way and time.monotonic() - self._left > seconds

    def give_way(self) -> None:
        """Called now and then by a request that takes long: let the others go first."""
        time.sleep(_PAUSE if self._under_way > 1 else 0)

    def _enter(self) -> None:
        with self._lock:
            self._under_way += 1

    def _leave(self, problem: BaseException | None) -> None:
        with self._lock:
            self._under_way -= 1
            self._left = time.monotonic()
