"""So many traces a second, and what each of them stands for."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from time import monotonic


class Reservoir:
    """Takes the first so many traces of each second.

    How large a share that is depends on how many come, which is only known afterwards. So each
    trace taken stands for its part of those that came before it and that none stands for yet: what
    all of them stand for, together, is what came, up to a second's traces. (The share of the second
    before would be simpler, and is wrong whenever the load changes.)
    """

    def __init__(self, per_second: int, clock: Callable[[], float] = monotonic) -> None:
        self.per_second = per_second
        self._clock = clock
        self._lock = Lock()
        self._second = -1
        self._left = 0
        self._unrepresented = 0.0
        """Traces that came and that none of those taken stands for."""

    def take(self) -> float:
        """Return for how many traces the one that comes now stands; 0 if it is not taken."""
        with self._lock:
            second = int(self._clock())
            if second != self._second:
                self._second, self._left = second, self.per_second
            self._unrepresented += 1
            if not self._left:
                return 0.0
            stands_for = max(1.0, self._unrepresented / self._left)
            self._left -= 1
            self._unrepresented -= stands_for
            return stands_for
