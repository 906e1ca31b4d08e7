"""A request to stop, which a signal handler may make."""

from __future__ import annotations

from contextlib import suppress
from queue import Empty, SimpleQueue


class StopRequest:
    """What `threading.Event` would be if a signal handler could set it.

    A handler runs in the middle of whatever the main thread is doing. If that is `Event.wait`,
    which holds a lock for a moment, `Event.set` waits for that lock for ever. `SimpleQueue` is made
    for this: it needs no lock that its own thread could hold.
    """

    def __init__(self) -> None:
        self._is_set = False
        self._news: SimpleQueue[None] = SimpleQueue()

    def set(self) -> None:
        """Make the request. Once is enough, and it can't be taken back."""
        self._is_set = True
        self._news.put(None)

    def is_set(self) -> bool:
        """Return whether it was made."""
        return self._is_set

    def wait(self, timeout_s: float) -> bool:
        """Wait for the request for up to `timeout_s` seconds; return whether it was made."""
        if not self._is_set:
            with suppress(Empty):
                self._news.get(timeout=timeout_s)
        return self._is_set
