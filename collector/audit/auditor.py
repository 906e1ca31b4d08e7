"""Checks every trace by the rules: those that arrive within a moment, and those stored already in
the background."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import islice

from collector.audit.rules import Rule
from collector.audit.tally import Tally
from collector.audit.trace_calls import calls_of
from collector.background_thread import BackgroundThread
from collector.store.clickhouse.connection import ClickHouseError
from collector.store.new_chunk import NewChunk
from collector.store.trace_store import FoundTrace, TraceStore

TICK_S = 0.2
"""Time between two rounds while traces arrive: what arrives together is read together."""
IDLE_S = 1.0
ROUND_S = 0.05
"""How long a round takes, at most, unless one trace takes longer."""
MAX_SHARE_QUIET, MAX_SHARE_BUSY = 1 / 2, 1 / 20
"""Share of the time that checking takes, at most, if no request is being served, and else."""
MAX_PAUSE_S = 1.0
"""The longest time between two rounds, however long a trace took: others are waiting."""
QUIET_S = 0.05
"""How long no request must have been served until it is quiet; then stored traces are read."""
MAX_PATIENCE_S = 1.0
"""How long stored traces wait for that: where requests never end, they are read all the same."""
MAX_WAITING = 50_000
"""Traces that wait to be checked. If more arrive, the oldest are left out and counted."""
ARRIVALS_S = 1.0
"""How often it is asked what other collectors have stored."""
_READ_TRACES = 16
"""Traces that are read together."""
MAX_ROUND_S = 60.0
"""A round that takes longer is stuck."""


class Auditor:
    """Keeps the tally of the rules that hold. Without rules it does nothing at all."""

    def __init__(self, store: TraceStore, is_quiet: Callable[[float], bool]) -> None:
        """`is_quiet` tells whether no request has been served for that many seconds."""
        self._store = store
        self._is_quiet = is_quiet
        self._lock = threading.Condition()
        self._waiting: dict[str, None] = {}
        self._stored: Iterator[FoundTrace] = iter(())
        self._stored_read_at = 0.0
        self._stored_in_part = False
        """Whether a part of what is stored could not be read."""
        self._arrivals = store.arrivals()
        self._asked_at = 0.0
        self._closed = False
        self.missed = 0
        """Traces that arrived and were left out, or could not be read."""
        self.tally = Tally(())
        self.since = time.time_ns()
        """Since when these rules hold, ns since 1970."""
        self.reads_stored = False
        """Whether some of the stored traces have not been checked yet."""
        self._thread = BackgroundThread("audits traces", self._round, MAX_ROUND_S)
        self._thread.start()

    def use(self, rules: Sequence[Rule]) -> None:
        """Begin to check by other rules, and all that is stored by them."""
        with self._lock:
            self.tally = Tally(rules)
            self.since = time.time_ns()
            self.missed = 0
            self._waiting.clear()
            self._stored = self._store.newest_traces() if rules else iter(())
            self.reads_stored = bool(rules)
            self._lock.notify()

    def put(self, chunks: Iterable[NewChunk]) -> None:
        """Have the traces of chunks that were just stored checked. Called by the thread that
        writes, so it does no more than note them."""
        if not self.tally.judge.rules:
            return
        with self._lock:
            self._note(chunk.trace_id for chunk in chunks)
            self._lock.notify()

    @property
    def waiting(self) -> int:
        """How many traces have arrived and not been checked."""
        return len(self._waiting)

    def problem(self) -> str:
        """Return what is wrong with the thread; "" if nothing is."""
        return self._thread.problem()

    def close(self) -> None:
        """Stop checking."""
        with self._lock:
            self._closed = True
            self._lock.notify()

    def _round(self) -> bool:
        with self._lock:
            if not self._waiting and not self.reads_stored and not self._closed:
                self._lock.wait(IDLE_S)
            if self._closed:
                return False
            tally, stored = self.tally, self._stored
        began = time.monotonic()
        if tally.judge.rules and began > self._asked_at + ARRIVALS_S:
            self._asked_at = began
            self._ask_for_arrivals(tally)
        self._check_arrived(tally, began + ROUND_S)
        if self.reads_stored and self._may_read_stored(began):
            self._stored_read_at = began
            self._check_stored(tally, stored, began + ROUND_S)
        took = time.monotonic() - began
        share = MAX_SHARE_QUIET if self._is_quiet(QUIET_S) else MAX_SHARE_BUSY
        pause = min(MAX_PAUSE_S, took * (1 / share - 1))
        time.sleep(pause if self._waiting else max(TICK_S, pause))
        return True

    def _note(self, trace_ids: Iterable[str]) -> None:
        """Take note of traces to check. The lock must be held."""
        for trace_id in trace_ids:
            self._waiting[trace_id] = None
        while len(self._waiting) > MAX_WAITING:
            del self._waiting[next(iter(self._waiting))]
            self.missed += 1

    def _ask_for_arrivals(self, tally: Tally) -> None:
        """Have checked what other collectors have stored, as far as that can be told at present."""
        with suppress(ClickHouseError):
            trace_ids = self._arrivals()
            with self._lock:
                if tally is self.tally:
                    self._note(trace_ids)

    def _may_read_stored(self, now: float) -> bool:
        if self._stored_in_part and self._store.missing():
            return False
        self._stored_in_part = False
        return self._is_quiet(QUIET_S) or now > self._stored_read_at + MAX_PATIENCE_S

    def _check_arrived(self, tally: Tally, until: float) -> None:
        while time.monotonic() < until:
            with self._lock:
                if not self._waiting or tally is not self.tally:
                    return
                some = list(islice(self._waiting, _READ_TRACES))
                for trace_id in some:
                    del self._waiting[trace_id]
            try:
                for stored in self._store.find_all(some).values():
                    check(tally, stored)
            except ClickHouseError:  # nothing can be read at present
                self.missed += len(some)

    def _check_stored(self, tally: Tally, stored: Iterator[FoundTrace], until: float) -> None:
        try:
            for trace in stored:
                check(tally, trace)
                if time.monotonic() > until:
                    return
            in_part = bool(self._store.missing())
        except ClickHouseError:
            in_part = True
        with self._lock:
            if tally is self.tally:
                self.reads_stored = self._stored_in_part = in_part
                if in_part:  # what was checked is not counted again
                    self._stored = self._store.newest_traces()


def check(tally: Tally, trace: FoundTrace) -> None:
    """Read a trace, and count what was not counted yet."""
    calls = calls_of(trace, tally.judge.is_run_of_interest)
    if calls:
        tally.add(trace.trace_id, calls)
