"""gate: lets so many in at once, strictly in the order of their coming.

Python's own locks may be taken again by the thread that just gave them back, however long others
have waited; with those, most requests under load would look quick and a few endless.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable


class Turn:
    """One visitor's place at a gate. `behind` names those who were there before, nearest last."""

    def __init__(self, name: str, behind: list[str]) -> None:
        self.name = name
        self.behind = behind
        self._admitted = threading.Event()

    def admit(self) -> None:
        """Let the visitor in."""
        self._admitted.set()

    def wait(self) -> None:
        """Stay until admitted."""
        self._admitted.wait()


class Gate:
    """Has as many places as `places` says at the moment. Safe to use from many threads."""

    def __init__(self, places: Callable[[], int]) -> None:
        self._places = places
        self._state = threading.Lock()
        self._inside: list[Turn] = []
        self._queue: deque[Turn] = deque()

    def queue_up(self, name: str = "") -> Turn:
        """Take a place in the queue. Then `wait` for the turn, and in the end `leave`."""
        with self._state:
            everyone = [*self._inside, *self._queue]
            must_wait = self._queue or len(self._inside) >= self._places()
            turn = Turn(name, [each.name for each in everyone] if must_wait else [])
            self._queue.append(turn)
            self._admit()
        return turn

    def leave(self, turn: Turn) -> None:
        """Give the place to whoever is next."""
        with self._state:
            self._inside.remove(turn)
            self._admit()

    def resize(self) -> None:
        """Let in whom a larger number of places has room for."""
        with self._state:
            self._admit()

    def _admit(self) -> None:
        while self._queue and len(self._inside) < self._places():
            turn = self._queue.popleft()
            self._inside.append(turn)
            turn.admit()
