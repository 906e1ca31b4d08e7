"""Group commit: one thread writes what many requests wait for."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future, TimeoutError
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from collector.background_thread import BackgroundThread
from collector.log import say_bug

T = TypeVar("T")

MAX_GROUP_SPANS = 16_384
"""A group is committed once it has this many spans, or as soon as nothing else is waiting."""
MAX_WAITING_SPANS = 200_000
"""Spans that may wait in memory; a request that brings more has to come back later."""
MAX_WAIT_S = 10.0
"""A request waits no longer for its commit. It may still come; sent again, it is a duplicate."""
MAX_ROUND_S = 30.0
"""A commit, or the upkeep after it, that takes longer is stuck."""
_IDLE_SECONDS = 1.0


class BusyError(Exception):
    """More is being sent than the disk can take. Try again in a second."""


class CannotWriteError(Exception):
    """The spans could not be stored, through no fault of theirs: the disk is full or broken."""


class NoAnswerError(Exception):
    """The disk did not answer in time, so nobody knows yet whether the spans will be stored."""


class AddResult(NamedTuple):
    """What became of the chunks handed in by one request."""

    spans: int
    """Spans that are stored, now or already before."""
    duplicates: int
    """Spans among them that had been stored before."""


@dataclass(frozen=True)
class Job(Generic[T]):
    """What one request wants stored: its spans, in chunks of one form or another."""

    chunks: list[T]
    spans: int
    done: Future[AddResult]


class Committed(NamedTuple):
    """What became of the jobs of a group, all of which are stored."""

    duplicates: list[int]
    """For each job, how many of its spans had been stored before."""
    tell: Callable[[], None] = lambda: None
    """Is called once the jobs know."""


def committed(done: Future[AddResult]) -> AddResult:
    """Return what became of what was submitted, once that is known.

    Raises `CannotWriteError` if it cannot be stored, `NoAnswerError` if that is not known after
    `MAX_WAIT_S`.
    """
    try:
        return done.result(MAX_WAIT_S)
    except TimeoutError:
        raise NoAnswerError(f"the disk has not answered for {MAX_WAIT_S:.0f} s") from None


class GroupCommitter(Generic[T]):
    """Takes jobs from any thread and commits them in its own, many at a time."""

    def __init__(
        self, commit: Callable[[list[Job[T]]], Committed], maintain: Callable[[], None]
    ) -> None:
        """Start the thread.

        `commit` commits a group of jobs wholly or not at all. If it raises `CannotWriteError`,
        that is the answer to each of them; if anything else, each is committed by itself, so that
        one that cannot be stored does no harm to the others. `maintain` is called after it, and
        when idle.
        """
        self._commit = commit
        self._maintain = maintain
        self._jobs: queue.SimpleQueue[Job[T] | None] = queue.SimpleQueue()
        self._waiting_spans = 0
        self._lock = threading.Lock()
        self._closed = False
        self._thread = BackgroundThread("stores spans", self._round, MAX_ROUND_S)
        self._thread.start()

    def problem(self) -> str:
        """Return why nothing is committed, in a sentence; "" if all is well."""
        return self._thread.problem()

    def add(self, chunks: list[T], spans: int) -> AddResult:
        """Return when the chunks, which have so many spans, are on disk.

        Raises `BusyError` if too much is waiting, `CannotWriteError` if they cannot be stored,
        `NoAnswerError` if that is not known after `MAX_WAIT_S`.
        """
        return committed(self.submit(chunks, spans))

    def submit(self, chunks: list[T], spans: int) -> Future[AddResult]:
        """Have the chunks, which have so many spans, committed; return what will be known of that.

        Raises `BusyError` if too much is waiting, `CannotWriteError` if they cannot be stored, as
        the future does, too.
        """
        if problem := self.problem():  # don't let every thread of the server wait for nothing
            raise CannotWriteError(problem)
        job = Job(chunks, spans, Future())
        with self._lock:
            if self._closed:
                raise CannotWriteError("the collector is shutting down; send this again later")
            if self._waiting_spans and self._waiting_spans + spans > MAX_WAITING_SPANS:
                raise BusyError
            self._waiting_spans += spans
            self._jobs.put(job)
        return job.done

    def close(self) -> None:
        """Commit what is waiting, then stop."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self._jobs.put(None)
        self._thread.join()

    def _round(self) -> bool:
        """Commit what is waiting; return whether there will be more."""
        group = self._take()
        if group:
            try:
                self._commit_group(group)
            finally:
                self._settle(group)
        if self._closed and self._jobs.empty():
            return False
        self._maintain()
        return True

    def _commit_group(self, group: list[Job[T]]) -> None:
        try:
            duplicates, tell = self._commit(group)
        except CannotWriteError as problem:
            for job in group:
                job.done.set_exception(CannotWriteError(str(problem)))
        except Exception as bug:
            if len(group) > 1:
                for job in group:
                    self._commit_group([job])
                return
            say_bug("a request could not be stored", bug)
            group[0].done.set_exception(CannotWriteError("the spans cannot be stored: a bug"))
        else:
            for job, known in zip(group, duplicates, strict=True):
                job.done.set_result(AddResult(job.spans, known))
            tell()

    def _settle(self, group: list[Job[T]]) -> None:
        """Take note that the group waits no longer, and see that each of its jobs has an answer."""
        with self._lock:
            self._waiting_spans -= sum(job.spans for job in group)
        for job in group:
            if not job.done.done():
                error = CannotWriteError("the spans cannot be stored: a bug, see the log")
                job.done.set_exception(error)

    def _take(self) -> list[Job[T]]:
        """Return the jobs to commit next; none if nothing comes for a while, or ever again."""
        group: list[Job[T]] = []
        spans = 0
        try:
            job = self._jobs.get(timeout=_IDLE_SECONDS)
            while job is not None and spans < MAX_GROUP_SPANS:
                group.append(job)
                spans += job.spans
                if spans < MAX_GROUP_SPANS:
                    job = self._jobs.get_nowait()
        except queue.Empty:
            pass
        return group
