"""Group commit: one thread writes what many requests wait for."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import NamedTuple

from collector.store.prepared import PreparedChunk

MAX_GROUP_SPANS = 16_384
"""A group is committed once it has this many spans, or as soon as nothing else is waiting."""
MAX_WAITING_SPANS = 200_000
"""Spans that may wait in memory; a request that brings more has to come back later."""
_IDLE_SECONDS = 1.0


class BusyError(Exception):
    """More is being sent than the disk can take. Try again in a second."""


class CannotWriteError(Exception):
    """The spans could not be stored, through no fault of theirs: the disk is full or broken."""


class AddResult(NamedTuple):
    """What became of the chunks handed in by one request."""

    spans: int
    """Spans that are stored, now or already before."""
    duplicates: int
    """Spans among them that had been stored before."""


class Job(NamedTuple):
    """What one request wants stored."""

    chunks: list[PreparedChunk]
    spans: int
    done: Future[AddResult]


class GroupCommitter:
    """Takes jobs from any thread and commits them in its own, many at a time."""

    def __init__(self, commit: Callable[[list[Job]], None], maintain: Callable[[], None]) -> None:
        """Start the thread.

        `commit` settles every job's future; `maintain` is called after it, and when idle.
        """
        self._commit = commit
        self._maintain = maintain
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._waiting_spans = 0
        self._lock = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="group-commit", daemon=True)
        self._thread.start()

    def add(self, chunks: list[PreparedChunk]) -> AddResult:
        """Return when the chunks are on disk.

        Raises `BusyError` if too much is waiting, `CannotWriteError` if they cannot be stored.
        """
        spans = sum([chunk.summary.spans for chunk in chunks])
        job = Job(chunks, spans, Future())
        with self._lock:
            if self._closed:
                raise CannotWriteError("the collector is shutting down; send this again later")
            if self._waiting_spans and self._waiting_spans + spans > MAX_WAITING_SPANS:
                raise BusyError
            self._waiting_spans += spans
            self._jobs.put(job)
        return job.done.result()

    def close(self) -> None:
        """Commit what is waiting, then stop."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self._jobs.put(None)
        self._thread.join()

    def _run(self) -> None:
        more = True
        while more:
            group, more = self._take()
            if group:
                self._commit(group)
                with self._lock:
                    self._waiting_spans -= sum(job.spans for job in group)
            self._maintain()

    def _take(self) -> tuple[list[Job], bool]:
        """Return the jobs to commit next, and whether there will be more."""
        group: list[Job] = []
        spans = 0
        try:
            job = self._jobs.get(timeout=_IDLE_SECONDS)
            while job is not None:
                group.append(job)
                spans += job.spans
                if spans >= MAX_GROUP_SPANS:
                    return group, True
                job = self._jobs.get_nowait()
        except queue.Empty:
            return group, True
        return group, False
