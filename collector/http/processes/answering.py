"""What the storing process does with the messages of a receiver process."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from multiprocessing.connection import Connection

from collector.http.app import Collector
from collector.http.processes.messages import (
    Answer,
    Batch,
    Message,
    Refused,
    decode_message,
    encode,
)
from collector.log import say
from collector.receivers.payload import Payload
from collector.sampling.head_rule import HeadRule
from collector.store.group_commit import AddResult, BusyError, CannotWriteError
from collector.store.prepared import PreparedChunk
from collector.store.sqlite import Store

HANG_S = 5.0
"""A process that is ready, and then says nothing or takes no answer for so long, hangs: about once
a second it would say that it is ready."""
LONGEST_START_S = 60.0
"""A process that is not ready after so long hangs, too."""


class HangsError(Exception):
    """A process does not go on; the message says since when."""


def _heard(messages: Connection) -> Message | None:
    """Return the next message; None if none has come for `HANG_S`."""
    try:
        data = messages.recv_bytes()
    except BlockingIOError:
        return None
    return decode_message(data)


class _Answers:
    """The way to one process for its answers. Thread-safe."""

    def __init__(self, messages: Connection) -> None:
        self._messages = messages
        self._lock = threading.Lock()
        self._told: Sequence[HeadRule] | None = None
        """The rules that the process has."""
        self.are_not_taken = False
        """Whether the process has left so many that there is room for no more."""

    def give(self, answer: Answer, rules: Sequence[HeadRule]) -> None:
        """Send an answer, with the rules if they have changed; to a process that has ended, whose
        clients send again, nothing."""
        with self._lock, suppress(OSError):
            if self.are_not_taken:  # a part of one was sent, perhaps
                return
            if rules is not self._told:
                self._told = answer.rules = rules
            try:
                self._messages.send_bytes(encode(answer))
            except BlockingIOError:
                self.are_not_taken = True

    def close(self) -> None:
        """Close it once no answer is being sent: its number may then be another file's."""
        with self._lock:
            self._messages.close()


class Answering:
    """Stores and counts what one receiver process sends, and answers it."""

    def __init__(self, name: str, store: Store, collector: Collector) -> None:
        """`name` is what the log says of the process."""
        self.is_ready = False
        """Whether the process has said so, and has not ended."""
        self.was_ready = False
        """Whether it ever was ready."""
        self._name = name
        self._store = store
        self._tail = collector.tail
        self._sink = collector.sink
        self._requests = collector.requests

    def serve(self, messages: Connection, is_ending: threading.Event) -> None:
        """Serve one process until it ends. `is_ending` is set once it is to end: nothing need be
        heard of it then.

        Raises `HangsError` if it does not go on. What it sent before is stored, and nobody is told.
        """
        answers = _Answers(messages)
        self.was_ready = False
        begun = time.monotonic()
        try:
            with suppress(EOFError, OSError):
                while True:
                    if message := _heard(messages):
                        self._take(message, answers)
                    elif not is_ending.is_set():
                        self._refuse_to_wait(time.monotonic() - begun)
                    if answers.are_not_taken:
                        raise HangsError(f"it has taken no answer for {HANG_S:g} s")
        finally:
            self.is_ready = False
            answers.close()

    def _take(self, message: Message, answers: _Answers) -> None:
        if isinstance(message, Batch):
            self._store_batch(message, answers)
        elif isinstance(message, Refused):
            self._sink.reject(message.kind, message.size, message.receiver)
        elif not self.is_ready:
            self.is_ready = self.was_ready = True
            say(f"{self._name} takes connections")

    def _refuse_to_wait(self, seconds: float) -> None:
        """Raises `HangsError`, except for a process that has had less time for its start."""
        if self.is_ready:
            raise HangsError(f"nothing was heard of it for {HANG_S:g} s")
        if seconds > LONGEST_START_S:
            raise HangsError(f"it is not ready after {LONGEST_START_S:g} s")

    def _store_batch(self, batch: Batch, answers: _Answers) -> None:
        """Have a batch stored, and the process told once that is known."""
        self._requests.enter()
        self._submit(batch.chunks).add_done_callback(partial(self._answer, batch, answers))

    def _submit(self, chunks: list[PreparedChunk]) -> Future[AddResult]:
        """Have chunks stored; return what will be known of that."""
        known: Future[AddResult] = Future()
        try:
            if chunks:
                return self._tail.hold(chunks) or self._store.submit(chunks)
            known.set_result(AddResult(0, 0))
        except (BusyError, CannotWriteError) as problem:
            known.set_exception(problem)
        return known

    def _answer(self, batch: Batch, answers: _Answers, stored: Future[AddResult]) -> None:
        self._requests.leave()
        problem = stored.exception()
        if problem is None:
            self._count(batch, stored.result())
            answer = Answer(batch.number, "", "", None)
        else:
            answer = Answer(batch.number, type(problem).__name__, str(problem), None)
        answers.give(answer, self._sink.rules)

    def _count(self, batch: Batch, added: AddResult) -> None:
        payload = Payload(
            spans=batch.spans,
            unsampled=batch.unsampled,
            unfinished=batch.unfinished,
            impossible_times=batch.impossible_times,
            rejected=Counter(batch.rejected),
        )
        self._sink.count(payload, len(batch.chunks), batch.size, added, batch.receiver)
