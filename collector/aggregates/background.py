"""Makes the digests of new traces in the background, while there is little else to do."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress

from collector.aggregates.digest_store import PACK, make, missing, pack
from collector.aggregates.trace_set import MOST, Member
from collector.background_thread import BackgroundThread
from collector.store.partition import Partition
from collector.store.sqlite import Store

TICK_SECONDS = 1.0
SETTLED_TICKS = 3
"""Ticks after which a trace has probably all of its spans. One that grows later is read again when
it is asked for."""
BUSY_SPANS = 5_000
"""Spans a second that come in; with more there is no time for digests."""
NEWEST = 2 * MOST
"""Traces that are digested in advance, the newest; older ones are when they are asked for."""
QUIET_SECONDS = 0.05
"""Digests are made while nobody is served, and nobody was for so long."""
SHARE = 1 / 2
"""Of that time, at most."""

PREPARE_SECONDS = 10.0
"""Between two times at which sums are brought up to date in advance, at least …"""
PREPARE_SHARE = 1 / 20
"""… and of the time, at most: a trace of 50,000 spans makes it a matter of seconds each time."""

MOST_ROUND_SECONDS = 600.0
"""A round that takes longer is stuck; one trace of a million spans takes a minute or two."""

_WINDOW = 256
_STEP = 2
"""Traces between two looks around: a millisecond or two, which a request can wait."""


class Keeper:
    """Walks over the newest traces, again and again, and makes what is missing."""

    def __init__(
        self,
        store: Store,
        prepare: Callable[[Callable[[], bool]], None],
        is_quiet: Callable[[float], bool],
    ) -> None:
        """`prepare` is called from time to time when there are new digests, with what tells it
        whether to go on; `is_quiet` says whether nobody was served for so many seconds."""
        self._store = store
        self._is_quiet = is_quiet
        self._prepare = prepare
        self._prepare_from = 0.0
        self._stop = threading.Event()
        self._thread = BackgroundThread("makes digests", self._round, MOST_ROUND_SECONDS)
        self._looked = time.monotonic()
        self._stored = self._count()
        self._next_rows: deque[dict[int, int]] = deque(maxlen=SETTLED_TICKS)
        self._done: set[tuple[int, int]] = set()
        """Windows of which nothing is missing, each with its partition's number."""
        self._covered: dict[int, int] = {}
        """For each partition the number of the first trace that may have none."""

    @property
    def waiting(self) -> int:
        """How many of the newest traces may have no digest yet."""
        new = [p.next_row - self._covered.get(p.number, 1) for p in self._store.partitions()]
        return min(NEWEST, sum(new))

    def start(self) -> None:
        """Begin, in a thread of its own."""
        self._thread.start()

    def problem(self) -> str:
        """What is wrong with the thread; "" if nothing."""
        return self._thread.problem()

    def stop(self) -> None:
        """End soon."""
        self._stop.set()

    def _round(self) -> bool:
        if self._stop.wait(TICK_SECONDS):
            return False
        with suppress(sqlite3.Error, OSError):  # dropped or closed meanwhile
            self.tick()
        return True

    def tick(self) -> None:
        """Make digests for a while, unless the collector is busy. Raises `sqlite3.Error`."""
        self._next_rows.append({p.number: p.next_row for p in self._store.partitions()})
        if self._is_busy() or len(self._next_rows) < SETTLED_TICKS:
            return
        until = time.monotonic() + TICK_SECONDS
        for partition, window, numbers in self._windows():
            members = _members(partition, missing(partition, numbers))
            for begin in range(0, len(members), _STEP):
                if not self._may_go_on(until):
                    return
                started = time.monotonic()
                make(members[begin : begin + _STEP])
                time.sleep((time.monotonic() - started) * (1 / SHARE - 1))
            if len(numbers) == _WINDOW:
                for first in range(numbers[0], numbers[-1], PACK):
                    if not self._may_go_on(until):
                        return
                    pack(partition, _members(partition, range(first, first + PACK)))
                self._done.add((partition.number, window))
        news, self._covered = self._covered != self._next_rows[0], self._next_rows[0]
        started = time.monotonic()
        if news and started > self._prepare_from:
            self._prepare(lambda: self._may_go_on(started + PREPARE_SECONDS))
            took = time.monotonic() - started
            self._prepare_from = started + max(PREPARE_SECONDS, took / PREPARE_SHARE)

    def _may_go_on(self, until: float) -> bool:
        """Wait until nobody is served; false if that takes until a moment, or it has to stop."""
        while not self._is_quiet(QUIET_SECONDS):
            if self._stop.wait(QUIET_SECONDS) or time.monotonic() > until:
                return False
        return not self._stop.is_set() and time.monotonic() < until

    def _windows(self) -> Iterator[tuple[Partition, int, range]]:
        """Partition, number and traces of each window not done yet, the newest first."""
        left = NEWEST
        for partition in self._store.partitions():
            settled = self._next_rows[0].get(partition.number, 1) - 1
            for window in range((settled - 1) // _WINDOW, -1, -1):
                first = window * _WINDOW + 1
                last = min(settled, window * _WINDOW + _WINDOW)
                if left <= 0:
                    return
                left -= last - first + 1
                if (partition.number, window) not in self._done:
                    yield partition, window, range(first, last + 1)

    def _is_busy(self) -> bool:
        """Whether many spans came in since the last look."""
        before, self._looked = self._looked, time.monotonic()
        stored, self._stored = self._stored, self._count()
        return self._stored - stored > BUSY_SPANS * (self._looked - before)

    def _count(self) -> int:
        return sum(partition.spans for partition in self._store.partitions())


def _members(partition: Partition, numbers: Sequence[int]) -> list[Member]:
    """The traces of a partition with these numbers, as they are now. Raises `sqlite3.Error`."""
    return [Member(partition, *found) for found in partition.trace_sizes(numbers)]
