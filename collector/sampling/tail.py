"""Tail sampling, as the rest of the collector sees it: a way into the store."""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future

from collector.model import Chunk
from collector.sampling.decider import Decider
from collector.sampling.holding import Count
from collector.sampling.policy import TailSettings
from collector.sampling.policy_book import PolicyBook
from collector.store.file_errors import CannotOpenError
from collector.store.group_commit import AddResult, CannotWriteError
from collector.store.prepared import PreparedChunk
from collector.store.trace_store import TraceStore
from collector.store.why_kept import WhyKept

AFTERMATH_S = 60.0
"""How long after tail sampling was turned off spans that come late still follow what was
decided."""
_NOTHING_YET = {
    "held": {"traces": 0, "spans": 0},
    "dropped": {"traces": 0, "spans": 0, "bytes": 0},
    "late_dropped_spans": 0,
    "decided_early": 0,
}


class Tail:
    """Takes spans into a store, by way of the policies while tail sampling is on. Thread-safe."""

    def __init__(self, store: TraceStore, book: PolicyBook) -> None:
        """Go on with what is held in the store's folder.

        Raises `CannotOpenError` if it cannot be used at present.
        """
        self._store = store
        store.is_held, store.why_kept = self.holds, self.why_kept
        self._file = store.folder / "held.db"
        self.book = book
        self._lock = threading.Lock()
        self._last_on = time.monotonic()
        self._decider: Decider | None = None
        if book.settings.wait_s or self._file.exists():
            self._decider = Decider(store, self._file, book)

    @property
    def is_one_of_several(self) -> bool:
        """Whether other collectors may decide, too: each counts what it has decided."""
        return self._store.is_shared

    def add(self, chunks: list[Chunk]) -> AddResult:
        """Store the chunks, or hold them for a decision; they are on disk when this returns.

        Raises `BusyError` if too much is waiting, `CannotWriteError` if they cannot be written,
        `NoAnswerError` if that is not known in time.
        """
        if chunks and self._is_on():
            return self._opened_to_write().add(chunks)
        return self._store.add(chunks)

    def hold(self, chunks: list[PreparedChunk]) -> Future[AddResult] | None:
        """Have prepared chunks held for a decision; return what will be known of that once they are
        on disk. None if nothing is decided at present: they are to be stored at once.

        Raises `BusyError` if too much is waiting, `CannotWriteError` if they cannot be written, as
        the future does, too.
        """
        return self._opened_to_write().submit(chunks) if self._is_on() else None

    def change(self, settings: TailSettings) -> None:
        """Let other settings hold from now on; a wait of 0 turns tail sampling off, and keeps what
        is held.

        Raises `SettingError` if they cannot be written, `CannotOpenError` if nothing can be held.
        """
        if settings.wait_s:
            self._opened()
        self.book.replace(settings)
        self._last_on = time.monotonic()

    def holds(self, trace_id: str) -> bool:
        """Return whether spans of a trace wait for its decision."""
        return self._decider is not None and self._decider.holds(trace_id)

    def why_kept(self, trace_ids: list[str]) -> dict[str, WhyKept]:
        """Return why some of these traces were kept, as far as the decisions are remembered."""
        decisions = self._decider.decisions(trace_ids) if self._decider else {}
        why = {
            trace_id: WhyKept(decision.reason, decision.probability)
            for trace_id, decision in decisions.items()
            if decision.kept and decision.reason
        }
        if self.book.settings.wait_s:  # then other collectors decide, too, if there are any
            unknown = [trace_id for trace_id in trace_ids if trace_id not in decisions]
            why |= self._store.why_marked(unknown) if unknown else {}
        return why

    def report(self) -> dict[str, object]:
        """Return the settings, and what is held, decided and dropped."""
        settings = {"wait_s": self.book.settings.wait_s, "problem": self.book.problem}
        counts = self._decider.report() if self._decider else _NOTHING_YET
        return settings | counts | {"policies": self.book.report()}

    def counts(self, first_minute: int, end_minute: int) -> list[Count]:
        """Return what was kept in each minute, counted since 1970, and why. Raises `sqlite3.Error`
        if that cannot be read."""
        return self._decider.counts(first_minute, end_minute) if self._decider else []

    def problem(self) -> str:
        """Return why nothing is decided, in a sentence; "" if all is well."""
        return self._decider.problem() if self._decider else ""

    def close(self) -> None:
        """Stop. What is held waits on the disk for the next start."""
        if self._decider:
            self._decider.close()

    def _is_on(self) -> bool:
        """Return whether spans are to be held: also for a while after it was turned off."""
        if self.book.settings.wait_s:
            self._last_on = time.monotonic()
            return True
        return self._decider is not None and time.monotonic() < self._last_on + AFTERMATH_S

    def _opened(self) -> Decider:
        """Return what holds and decides. Raises `CannotOpenError` if nothing can be held."""
        with self._lock:
            if not self._decider:
                self._decider = Decider(self._store, self._file, self.book)
            return self._decider

    def _opened_to_write(self) -> Decider:
        """Return the same. Raises `CannotWriteError` if nothing can be held."""
        try:
            return self._opened()
        except CannotOpenError as problem:
            raise CannotWriteError(str(problem)) from None
