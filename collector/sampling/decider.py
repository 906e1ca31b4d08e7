"""The heart of tail sampling: traces are held until they are whole, and then kept or dropped.

Spans are safe on the disk (`collector.sampling.holding`) before their
client is told so. When a trace has waited long enough, the policies decide; the decision is on the
disk before anything is done about it, so a collector that is killed at any moment goes on where it
was: no kept trace is lost, and none is half.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from collections import Counter
from concurrent.futures import Future
from pathlib import Path

from collector.background_thread import BackgroundThread
from collector.log import Trouble, say_bug
from collector.model import Chunk
from collector.sampling.holding import (
    DROPPED,
    KEPT,
    Count,
    Decision,
    HeldChunk,
    Holding,
    held_chunk,
    held_prepared,
    trace_key,
)
from collector.sampling.marks import marked
from collector.sampling.outcome import Outcome, Part
from collector.sampling.policy_book import PolicyBook
from collector.sampling.seen_trace import SeenTrace
from collector.sampling.waiting_traces import MAX_SPANS, DueTrace, WaitingTraces
from collector.store.group_commit import (
    AddResult,
    BusyError,
    CannotWriteError,
    Committed,
    GroupCommitter,
    Job,
    NoAnswerError,
)
from collector.store.prepared import PreparedChunk
from collector.store.trace_store import TraceStore

BATCH_SPANS = 20_000
"""How much is decided on at once."""
PAUSE_S = 0.1
"""Between two rounds: what falls due meanwhile shares their commits."""
MAX_ROUND_S = 60.0
"""A round that takes longer is stuck."""
BUSY_PAUSE_S = 0.5
"""Before the store is asked again that could not take what was kept."""
_MINUTE_S = 60


class Decider:
    """Holds spans in a file, decides on their traces, and stores what is kept. Thread-safe."""

    def __init__(self, store: TraceStore, file: Path, book: PolicyBook) -> None:
        """Open what is held in a file, and go on with it.

        Raises `CannotOpenError` if it cannot be used at present.
        """
        self._store = store
        self._book = book
        self._lock = threading.Lock()
        self._waiting = WaitingTraces()
        self._holding = Holding(file)
        for row in self._holding.rows():
            self._waiting.add(row, time.monotonic())
        self._in_hand: list[DueTrace] = []
        """The traces that are being decided."""
        self._moved: list[int] = []
        """Where spans are still held that are in the store by now."""
        self._unmoved: list[tuple[int, Decision]] = []
        """Where spans are held that are kept, but could not be stored yet."""
        self._dropped: Counter[str] = Counter(traces=0, spans=0, bytes=0)
        self._late_spans = self._early = 0
        self._trouble = Trouble()
        self._closing = threading.Event()
        self._committer: GroupCommitter[HeldChunk] = GroupCommitter(self._hold, lambda: None)
        self._thread = BackgroundThread("decides which traces to keep", self._round, MAX_ROUND_S)
        self._thread.start()

    def add(self, chunks: list[Chunk]) -> AddResult:
        """Hold the chunks; they are on disk when this returns.

        Raises `BusyError` if too much is waiting, `CannotWriteError` if they cannot be written,
        `NoAnswerError` if that is not known in time.
        """
        self._refuse_if_full()
        spans = sum([len(chunk.spans) for chunk in chunks])
        return self._committer.add([held_chunk(chunk) for chunk in chunks], spans)

    def submit(self, chunks: list[PreparedChunk]) -> Future[AddResult]:
        """Have prepared chunks held; return what will be known of that once they are on disk.

        Raises `BusyError` if too much is waiting, `CannotWriteError` if they cannot be written, as
        the future does, too.
        """
        self._refuse_if_full()
        spans = sum([chunk.summary.spans for chunk in chunks])
        return self._committer.submit([held_prepared(chunk) for chunk in chunks], spans)

    def problem(self) -> str:
        """Return why nothing is decided, in a sentence; "" if all is well."""
        return self._thread.problem() or self._committer.problem()

    def close(self) -> None:
        """Hold what is being sent, and close the file; the next one decides."""
        self._committer.close()
        self._closing.set()
        self._thread.join()
        with contextlib.suppress(sqlite3.Error):  # then the next one finds them stored already
            self._holding.decide([], [], self._moved)
        self._holding.close()

    def report(self) -> dict[str, object]:
        """Return what is held and what was dropped since the start."""
        with self._lock:
            in_hand = sum(each.trace.spans for each in self._in_hand)
            return {
                "held": {
                    "traces": len(self._waiting) + len(self._in_hand),
                    "spans": self._waiting.spans + in_hand,
                },
                "dropped": dict(self._dropped),
                "late_dropped_spans": self._late_spans,
                "decided_early": self._early,
            }

    def counts(self, first_minute: int, end_minute: int) -> list[Count]:
        """Return what was kept in each minute, counted since 1970, and why. Raises `sqlite3.Error`
        if that cannot be read."""
        return self._holding.counts(first_minute, end_minute)

    def decisions(self, trace_ids: list[str]) -> dict[str, Decision]:
        """Return what was decided about these traces, as far as it is remembered; nothing if that
        cannot be read."""
        keys = {trace_id: trace_key(trace_id) for trace_id in trace_ids}
        with contextlib.suppress(sqlite3.Error):
            known = self._holding.decisions(keys.values())
            return {trace_id: known[key] for trace_id, key in keys.items() if key in known}
        return {}

    def holds(self, trace_id: str) -> bool:
        """Return whether spans of a trace wait for its decision, or are being stored."""
        key = trace_key(trace_id)
        with self._lock:
            return key in self._waiting or any(each.key == key for each in self._in_hand)

    def _refuse_if_full(self) -> None:
        with self._lock:
            if self._waiting.spans > 2 * MAX_SPANS:
                raise BusyError

    def _hold(self, jobs: list[Job[HeldChunk]]) -> Committed:
        """Hold what a group of jobs brings."""
        try:
            rows = self._holding.hold([chunk for job in jobs for chunk in job.chunks])
        except (sqlite3.Error, OSError) as error:
            self._trouble.report(f"spans cannot be held: {error}")
            raise CannotWriteError(f"the spans cannot be held: {error}") from None
        self._trouble.over("spans can be held again")
        now = time.monotonic()
        with self._lock:
            for row in rows:
                self._waiting.add(row, now)
        return Committed([0] * len(jobs))

    def _round(self) -> bool:
        """Decide on what is due; return whether there will be more."""
        if self._closing.wait(PAUSE_S):
            return False
        now, wait_s = time.monotonic(), self._book.settings.wait_s
        with self._lock:
            due = self._in_hand = self._waiting.take_due(now, wait_s, BATCH_SPANS)
        try:
            self._act(self._decided(due))
        except BaseException:
            with self._lock:
                for each in due:
                    self._waiting.give_back(each)
            raise
        finally:
            with self._lock:
                self._in_hand = []
        return True

    def _decided(self, due: list[DueTrace]) -> Outcome:
        """Decide on these traces. Those decided before are so again: what has come late follows."""
        outcome = Outcome()
        known = self._holding.decisions([each.key for each in due])
        held = self._read([id_ for each in due for id_ in each.trace.ids])
        for each in due:
            parts = [held[id_] for id_ in each.trace.ids if id_ in held]
            outcome.done += [id_ for id_ in each.trace.ids if id_ not in held]
            before = known.get(each.key)
            decision = before or self._decision(each, parts)
            if decision is None:
                outcome.rootless.append(each)
            else:
                outcome.take(each, parts, decision, is_new=before is None)
        return outcome

    def _decision(self, due: DueTrace, parts: list[Part]) -> Decision | None:
        """Decide on a trace; None if its root is to be waited for."""
        if not (parts and self._book.settings.wait_s):  # it was turned off meanwhile
            return KEPT
        trace = SeenTrace(parts[0].chunk.trace_id, [s for part in parts for s in part.chunk.spans])
        try:
            if not due.is_last and not self._book.keeps_for_certain(trace):
                return None
            if not due.trace.has_root and self._store.find(trace.trace_id):
                return KEPT  # so long ago that the decision is forgotten
            verdict = self._book.decide(trace, sum(part.size for part in parts))
        except Exception as bug:
            say_bug(f"no policy can decide on trace {trace.trace_id}, which is kept", bug)
            return KEPT
        return Decision(True, *verdict) if verdict else DROPPED

    def _act(self, outcome: Outcome) -> None:
        """Remember what was decided, and then do it."""
        done, self._moved = self._moved, []
        if outcome.decisions or outcome.counts or outcome.done or done:
            minute = int(time.time()) // _MINUTE_S
            counts = [Count(minute, *key, *sums) for key, sums in outcome.counts.items()]
            try:
                self._holding.decide(outcome.decisions, counts, done + outcome.done)
            except BaseException:
                self._moved = done
                raise
        with self._lock:
            self._early += outcome.early
            self._late_spans += outcome.late_dropped_spans
            self._dropped.update(outcome.dropped)
            for each in outcome.rootless:
                self._waiting.wait_for_root(each)
        self._store_kept(outcome.kept)

    def _store_kept(self, kept: list[tuple[Part, Decision]]) -> None:
        """Store what is kept, together with what could not be stored before."""
        if self._unmoved:
            again = dict(self._unmoved[:BATCH_SPANS])
            parts = self._read(list(again))
            kept = [(part, again[id_]) for id_, part in parts.items()] + kept
            del self._unmoved[:BATCH_SPANS]
        if not kept:
            return
        try:
            self._store.add([marked(part.chunk, decision) for part, decision in kept])
        except (BusyError, CannotWriteError, NoAnswerError) as problem:
            self._trouble.report(f"what is kept cannot be stored yet: {problem}")
            self._unmoved += [(part.id, decision) for part, decision in kept]
            self._closing.wait(BUSY_PAUSE_S)
        else:
            self._trouble.over("what is kept can be stored again")
            self._moved += [part.id for part, _ in kept]

    def _read(self, ids: list[int]) -> dict[int, Part]:
        """Return what is held under these ids."""
        return {id_: Part(id_, chunk, size) for id_, chunk, size in self._holding.read(ids)}
