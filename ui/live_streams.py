"""The live streams that are passed on at the moment: a limited number, all ended at exit."""

from __future__ import annotations

import threading
from collections.abc import Callable

from ui.client import Answer


class TooManyError(Exception):
    """The maximum number of streams is already open."""


class Streams:
    """Open answers of the collector, at most `max_open` at a time."""

    def __init__(self, max_open: int) -> None:
        self.max_open = max_open
        self._open: set[Answer] = set()
        self._free = threading.BoundedSemaphore(max_open)

    def open(self, ask: Callable[[], Answer]) -> Answer:
        """Open one more stream. Raises `TooManyError`, and whatever `ask` raises."""
        if not self._free.acquire(blocking=False):
            raise TooManyError
        try:
            answer = ask()
        except BaseException:
            self._free.release()
            raise
        self._open.add(answer)
        return answer

    def close(self, answer: Answer) -> None:
        """End one stream."""
        answer.close()
        if answer in self._open:
            self._open.discard(answer)
            self._free.release()

    def cut_all(self) -> None:
        """End every stream, so that no reader is left waiting for its next line."""
        for answer in list(self._open):
            answer.cut()
