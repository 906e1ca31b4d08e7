"""When the oldest partition is dropped: the bounds on number and age of what is stored."""

from __future__ import annotations

import time
from collections.abc import Sequence

from collector.store.partition import Partition


class Retention:
    """How much is kept, and for how long."""

    def __init__(self, max_spans: int, max_age_s: float) -> None:
        self._max_spans = max_spans
        self._max_age_s = max_age_s

    def due(self, partitions: Sequence[Partition]) -> str:
        """Return why the oldest of these partitions has to go, "" if it may stay.

        Neither by number nor by age everything goes. Raises `OSError` if a file is gone.
        """
        *sealed, _active = partitions
        if not sealed:
            return ""
        spans = sum(partition.spans for partition in partitions)
        if spans > self._max_spans and spans > sealed[0].spans:
            return f"more than {self._max_spans:,} spans are stored"
        if self._is_too_old(sealed[0], partitions) and not self._is_too_old(sealed[-1], partitions):
            return f"it is older than {_duration(self._max_age_s)}"
        return ""

    def _is_too_old(self, partition: Partition, partitions: Sequence[Partition]) -> bool:
        """Return whether the partition is too old by the clock and by the data that came after it.

        A clock that was set wrong, or a laptop that slept, makes everything old at once; then the
        newest sealed partition is too old as well, and `due` waits for one that is not.
        """
        if time.time() - partition.written <= self._max_age_s:
            return False
        newest = max(other.latest for other in partitions)
        return newest - partition.latest > self._max_age_s


def _duration(seconds: float) -> str:
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{seconds / size:g} {unit}"
    return f"{seconds:g} s"
