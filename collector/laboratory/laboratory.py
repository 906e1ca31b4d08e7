"""The laboratory at work: one experiment at a time, in a thread of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import NamedTuple

from collector.aggregates.answer_parts import Json
from collector.laboratory.experiment import Question, experiment
from collector.store.trace_store import TraceStore

WAIT_S = 2.0
"""How long a request waits for the end of the work before it is told how far it is."""
FRESH_S = 60.0
"""How long an answer is given again to whoever asks the same."""


class BusyError(Exception):
    """The laboratory is at work on another question; the message says how far it is."""


class HowFar(NamedTuple):
    """How far the work on a question is."""

    share: float
    """Which part of it is done, 0 to 1."""
    doing: str


class _Run:
    """The work on one question."""

    def __init__(self, question: Question) -> None:
        self.question = question
        self.how_far = HowFar(0.0, "looking for traces")
        self.answer: Json | None = None
        self.problem: Exception | None = None
        """What the work has failed with."""
        self.has_ended = threading.Event()
        self.ended_at = 0.0

    @property
    def is_over(self) -> bool:
        """Whether its answer is too old, or there is none."""
        is_old = time.monotonic() > self.ended_at + FRESH_S
        return self.has_ended.is_set() and (self.answer is None or is_old)


class Laboratory:
    """Answers questions by experiments. Thread-safe."""

    def __init__(self, store: TraceStore, give_way: Callable[[], None]) -> None:
        """Open a laboratory. `give_way` is called every few milliseconds of work."""
        self._store = store
        self._give_way = give_way
        self._lock = threading.Lock()
        self._run: _Run | None = None

    def ask(self, question: Question) -> Json | HowFar:
        """Return the answer, or how far the work on it is. The first to ask starts the work.

        Raises `BusyError` if the laboratory is at work on another question, and whatever the work
        has failed with.
        """
        run = self._run_of(question)
        if not run.has_ended.wait(WAIT_S):
            return run.how_far
        if run.answer is None:
            raise run.problem or RuntimeError("the experiment has no answer")
        return run.answer

    def _run_of(self, question: Question) -> _Run:
        with self._lock:
            run = self._run
            if run and run.question != question and not run.has_ended.is_set():
                raise BusyError(
                    "the laboratory is at work on another question"
                    f" ({run.how_far.share:.0%} done); ask again when that is answered"
                )
            if run is None or run.question != question or run.is_over:
                run = self._run = _Run(question)
                threading.Thread(
                    target=self._work, args=(run,), name="laboratory", daemon=True
                ).start()
            return run

    def _work(self, run: _Run) -> None:
        def report(share: float, doing: str) -> None:
            run.how_far = HowFar(share, doing)

        try:
            run.answer = experiment(self._store, run.question, self._give_way, report)
        except Exception as problem:  # whoever asks is told
            run.problem = problem
        finally:
            run.ended_at = time.monotonic()
            run.has_ended.set()
