"""The live streams that are passed on at the moment: not too many, and all ended at the end."""

from __future__ import annotations

import threading
from collections.abc import Callable

from ui.client import Answer


class TooManyError(Exception):
    """As many streams are open as may be."""


class Streams:
    """Open answers of the collector, at most `most` at a time."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._open: set[Answer] = set()
        self._free = threading.BoundedSemaphore(most)

    def open(self, ask: Callable[[], Answer]) -> Answer:
        """Ask for one more stream. Raises TooManyError, and whatever `ask` raises."""
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
        """End every stream, so that nobody waits for the next line of one."""
        for answer in list(self._open):
            answer.cut()
