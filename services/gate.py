"""A gate: lets a number of visitors in at a time, strictly in the order of arrival.

Python's own locks may be taken again by the thread that just released them, however long others
have waited; with those, most requests under load would look quick and a few would take forever.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable


class Turn:
    """One visitor's place at a gate. `behind` names those who arrived before, the last one last."""

    def __init__(self, name: str, behind: list[str]) -> None:
        self.name = name
        self.behind = behind
        self._admitted = threading.Event()

    def admit(self) -> None:
        """Let the visitor in."""
        self._admitted.set()

    def wait(self) -> None:
        """Wait to be let in."""
        self._admitted.wait()


class Gate:
    """A gate with as many places as `places` returns at the moment. Safe for use by threads."""

    def __init__(self, places: Callable[[], int]) -> None:
        self._places = places
        self._state = threading.Lock()
        self._inside: list[Turn] = []
        self._queue: deque[Turn] = deque()

    def queue_up(self, name: str = "") -> Turn:
        """Join the queue; then `wait` for the turn, and finally `leave` with it."""
        with self._state:
            ahead = [*self._inside, *self._queue]
            must_wait = self._queue or len(self._inside) >= self._places()
            turn = Turn(name, [visitor.name for visitor in ahead] if must_wait else [])
            self._queue.append(turn)
            self._admit()
        return turn

    def leave(self, turn: Turn) -> None:
        """Free the place, and let the next visitor in."""
        with self._state:
            self._inside.remove(turn)
            self._admit()

    def resize(self) -> None:
        """Let in more visitors after the number of places has grown."""
        with self._state:
            self._admit()

    def _admit(self) -> None:
        while self._queue and len(self._inside) < self._places():
            turn = self._queue.popleft()
            self._inside.append(turn)
            turn.admit()
