"""What the storing process does with the messages of a receiver process."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from multiprocessing.connection import Connection

from collector.http.app import Collector
from collector.http.processes.messages import Answer, Batch, Ready, decode_message, encode
from collector.log import say
from collector.receivers.payload import Payload
from collector.sampling.head_rule import HeadRule
from collector.store.group_commit import AddResult, BusyError, CannotWriteError
from collector.store.prepared import PreparedChunk
from collector.store.sqlite import Store


class _Answers:
    """The way to one process for its answers. Thread-safe."""

    def __init__(self, messages: Connection) -> None:
        self._messages = messages
        self._lock = threading.Lock()
        self._told: Sequence[HeadRule] | None = None
        """The rules that the process has."""

    def give(self, answer: Answer, rules: Sequence[HeadRule]) -> None:
        """Send an answer, with the rules if they have changed; to a process that has ended, whose
        clients send again, nothing."""
        with self._lock, suppress(OSError):
            if rules is not self._told:
                self._told = answer.rules = rules
            self._messages.send_bytes(encode(answer))

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
        self._name = name
        self._store = store
        self._tail = collector.tail
        self._sink = collector.sink
        self._requests = collector.requests

    def serve(self, messages: Connection) -> bool:
        """Serve one process until it ends; return whether it ever was ready."""
        answers = _Answers(messages)
        was_ready = False
        try:
            with suppress(EOFError, OSError):
                while True:
                    message = decode_message(messages.recv_bytes())
                    if isinstance(message, Batch):
                        self._store_batch(message, answers)
                    elif isinstance(message, Ready):
                        self.is_ready = was_ready = True
                        say(f"{self._name} takes connections")
                    else:
                        self._sink.reject(message.kind, message.size, message.receiver)
        finally:
            self.is_ready = False
            answers.close()
        return was_ready

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
