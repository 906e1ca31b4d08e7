"""A pool of workers, as a replay needs it."""

from __future__ import annotations

from heapq import heappush, heapreplace


class Pool:
    """So many workers. A call given to it begins as soon as one is free; nobody waits for any call
    before the last one has been given and has ended."""

    def __init__(self, width: int, last: int) -> None:
        self.latest = 0
        """When the calls given so far will all have ended."""
        self._width = width
        self._last = last
        self._joined = False
        self._awaited = 0
        self._busy_until: list[int] = []
        self._ends: dict[int, int] = {}

    def run(self, call: int, given: int, length: int) -> None:
        """Take on a call of some length, given at some moment."""
        if len(self._busy_until) < self._width:
            end = given + length
            heappush(self._busy_until, end)
        else:
            end = max(given, self._busy_until[0]) + length
            heapreplace(self._busy_until, end)
        self._ends[call] = end
        self.latest = max(self.latest, end)

    def wait_for(self, call: int) -> int:
        """One more of its calls is waited for: until when does that take?"""
        self._awaited = max(self._awaited, self._ends[call])
        self._joined = self._joined or call == self._last
        return self._awaited if self._joined else 0
