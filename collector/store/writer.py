"""Group commit: one thread writes what many requests wait for."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import NamedTuple

from collector.store.prepared import Prepared

GROUP_SPANS = 16_384
"""A group is committed when it has so many spans, or when nobody else waits."""
WAITING_SPANS = 200_000
"""More than these do not wait in memory; whoever brings more is told to come back."""
_IDLE_SECONDS = 1.0


class BusyError(Exception):
    """More is being sent than the disk takes. Try again in a second."""


class CannotWriteError(Exception):
    """The spans could not be stored, through no fault of theirs: the disk is full or broken."""


class Added(NamedTuple):
    """What became of the chunks handed to the writer."""

    spans: int
    """Stored now, or earlier."""
    duplicates: int
    """How many of them had been stored before."""


class Job(NamedTuple):
    """What one request wants stored."""

    chunks: list[Prepared]
    spans: int
    done: Future[Added]


class Writer:
    """Takes jobs from any thread and has them committed, many at once, by its own."""

    def __init__(self, commit: Callable[[list[Job]], None], tidy: Callable[[], None]) -> None:
        """`commit` settles every job's future; `tidy` is called after it, and when idle."""
        self._commit = commit
        self._tidy = tidy
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._waiting = 0
        self._lock = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._thread.start()

    def add(self, chunks: list[Prepared]) -> Added:
        """Returns when the chunks are on the disk. Raises `BusyError` or `CannotWriteError`."""
        spans = sum([chunk.summary.spans for chunk in chunks])
        job = Job(chunks, spans, Future())
        with self._lock:
            if self._closed:
                raise CannotWriteError("the collector is shutting down; send it again")
            if self._waiting and self._waiting + spans > WAITING_SPANS:
                raise BusyError
            self._waiting += spans
            self._jobs.put(job)
        return job.done.result()

    def close(self) -> None:
        """Commit what waits, then stop."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self._jobs.put(None)
        self._thread.join()

    def _run(self) -> None:
        open_ = True
        while open_:
            group, open_ = self._take()
            if group:
                self._commit(group)
                with self._lock:
                    self._waiting -= sum(job.spans for job in group)
            self._tidy()

    def _take(self) -> tuple[list[Job], bool]:
        """The jobs to commit next, and whether there will be more."""
        group: list[Job] = []
        spans = 0
        try:
            job = self._jobs.get(timeout=_IDLE_SECONDS)
            while job is not None:
                group.append(job)
                spans += job.spans
                if spans >= GROUP_SPANS:
                    return group, True
                job = self._jobs.get_nowait()
        except queue.Empty:
            return group, True
        return group, False
