"""Makes the digests of new traces in the background, while there is little else to do."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress

from collector.aggregates.digest_store import make_digests, without_digest
from collector.aggregates.trace_set import MAX_TRACES, Member
from collector.background_thread import BackgroundThread
from collector.store.large_reads import BusyReadingError
from collector.store.partition import Partition
from collector.store.trace_store import TraceStore

TICK_SECONDS = 1.0
"""Time between two rounds of work, and the longest that a round takes."""
SETTLED_TICKS = 3
"""Ticks after which a trace probably has all of its spans. One that grows later is read again when
it is asked for."""
BUSY_SPANS_PER_S = 5_000
"""Rate of incoming spans above which there is no time for digests."""
CURIOSITY_S = 10.0
"""How long there is none after that, either: whoever sent so much looks at it now, and wants the
processor."""
MAX_DIGESTED_TRACES = 2 * MAX_TRACES
"""Traces that are digested in advance: the newest. Older ones are digested on request."""
QUIET_SECONDS = 0.05
"""How long no request must have been served before digests are made."""
MAX_BUSY_SHARE = 1 / 2
"""Share of the quiet time that is spent making digests, at most."""

PREPARE_SECONDS = 10.0
"""Least time between two times at which sums are brought up to date in advance."""
MAX_PREPARE_SHARE = 1 / 20
"""Share of the time spent bringing sums up to date, at most: with traces of 50,000 spans it takes
seconds each time."""

MAX_ROUND_SECONDS = 600.0
"""A round that takes longer is stuck; one trace of a million spans takes a minute or two."""

_WINDOW_TRACES = 256
_STEP_TRACES = 2
"""Traces digested between two checks whether to go on: a millisecond or two, which a request can
wait."""


class BackgroundDigester:
    """Walks over the newest traces, again and again, and makes the digests that are missing."""

    def __init__(
        self,
        store: TraceStore,
        prepare: Callable[[Callable[[], bool]], None],
        is_quiet: Callable[[float], bool],
    ) -> None:
        """Create a digester that does not work yet.

        `prepare` is called from time to time when there are new digests, with a function that tells
        it whether to go on; `is_quiet` tells whether no request has been served for that many
        seconds.
        """
        self._store = store
        self._is_quiet = is_quiet
        self._prepare = prepare
        self._prepare_from = 0.0
        self._stop = threading.Event()
        self._thread = BackgroundThread("makes digests", self._round, MAX_ROUND_SECONDS)
        self._counted_at = time.monotonic()
        self._stored_spans = self._count_spans()
        self._busy_at = float("-inf")
        self._next_rows: deque[dict[int, int]] = deque(maxlen=SETTLED_TICKS)
        """At each of the last ticks, the number of the next trace of each partition."""
        self._done: set[tuple[int, int]] = set()
        """Windows of which nothing is missing, each with its partition's number."""
        self._covered: dict[int, int] = {}
        """For each partition the number of the first trace that may have no digest."""

    @property
    def waiting(self) -> int:
        """How many of the newest traces may have no digest yet."""
        new = [p.next_row - self._covered.get(p.number, 1) for p in self._store.partitions()]
        return min(MAX_DIGESTED_TRACES, sum(new))

    def start(self) -> None:
        """Start working, in a thread of its own."""
        self._thread.start()

    def problem(self) -> str:
        """Return what is wrong with the thread; "" if nothing is."""
        return self._thread.problem()

    def stop(self) -> None:
        """Stop working soon."""
        self._stop.set()

    def _round(self) -> bool:
        if self._stop.wait(TICK_SECONDS):
            return False
        # Dropped or closed meanwhile; or a large trace, and somebody is reading another one.
        with suppress(sqlite3.Error, OSError, BusyReadingError):
            self.tick()
        return True

    def tick(self) -> None:
        """Make digests for a while, unless the collector is busy. Raises `sqlite3.Error` if a
        partition is dropped or closed meanwhile."""
        self._next_rows.append({p.number: p.next_row for p in self._store.partitions()})
        if self._is_busy() or len(self._next_rows) < SETTLED_TICKS:
            return
        until = time.monotonic() + TICK_SECONDS
        for partition, window, numbers in self._windows():
            members = _members(partition, without_digest(partition, numbers))
            for begin in range(0, len(members), _STEP_TRACES):
                if not self._may_go_on(until):
                    return
                started = time.monotonic()
                make_digests(members[begin : begin + _STEP_TRACES])
                time.sleep((time.monotonic() - started) * (1 / MAX_BUSY_SHARE - 1))
            if len(numbers) == _WINDOW_TRACES:
                self._done.add((partition.number, window))
        has_new, self._covered = self._covered != self._next_rows[0], self._next_rows[0]
        started = time.monotonic()
        if has_new and started > self._prepare_from:
            self._prepare(lambda: self._may_go_on(started + PREPARE_SECONDS))
            took = time.monotonic() - started
            self._prepare_from = started + max(PREPARE_SECONDS, took / MAX_PREPARE_SHARE)

    def _may_go_on(self, until: float) -> bool:
        """Wait until no request is being served; return False if that takes until the given moment,
        or if the work has to stop."""
        while not self._is_quiet(QUIET_SECONDS):
            if self._stop.wait(QUIET_SECONDS) or time.monotonic() > until:
                return False
        return not self._stop.is_set() and time.monotonic() < until

    def _windows(self) -> Iterator[tuple[Partition, int, range]]:
        """Yield partition, number and traces of each window that is not done yet, the newest
        first."""
        left = MAX_DIGESTED_TRACES
        for partition in self._store.partitions():
            settled = self._next_rows[0].get(partition.number, 1) - 1
            for window in range((settled - 1) // _WINDOW_TRACES, -1, -1):
                first = window * _WINDOW_TRACES + 1
                last = min(settled, window * _WINDOW_TRACES + _WINDOW_TRACES)
                if left <= 0:
                    return
                left -= last - first + 1
                if (partition.number, window) not in self._done:
                    yield partition, window, range(first, last + 1)

    def _is_busy(self) -> bool:
        """Tell whether spans came in at a high rate since the last call, or just before."""
        before, self._counted_at = self._counted_at, time.monotonic()
        stored, self._stored_spans = self._stored_spans, self._count_spans()
        if self._stored_spans - stored > BUSY_SPANS_PER_S * (self._counted_at - before):
            self._busy_at = self._counted_at
        return self._counted_at <= self._busy_at + CURIOSITY_S

    def _count_spans(self) -> int:
        return sum(partition.spans for partition in self._store.partitions())


def _members(partition: Partition, numbers: Sequence[int]) -> list[Member]:
    """Return the traces of a partition with these numbers, as they are now. Raises `sqlite3.Error`
    if the partition is closed."""
    return [Member(partition, *row) for row in partition.trace_sizes(numbers)]
