"""Where spans go that a receiver process has read: to the storing process."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import Future, TimeoutError
from contextlib import suppress
from itertools import count
from multiprocessing.connection import Connection

from collector.http.processes.messages import (
    Answer,
    Batch,
    Message,
    Ready,
    Refused,
    decode_answer,
    encode,
)
from collector.receivers.payload import Payload
from collector.sampling.head_rule import HeadRule
from collector.store.group_commit import MAX_WAIT_S, BusyError, CannotWriteError, NoAnswerError
from collector.store.prepared import prepare

PROBLEMS = {error.__name__: error for error in (BusyError, CannotWriteError, NoAnswerError)}
ENDED = "the process that stores has ended"


class RemoteSink:
    """The storing process, at the other end of a connection. Thread-safe."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._lock = threading.Lock()
        self._numbers = count()
        self._waiting: dict[int, Future[Answer]] = {}
        self._ended = False
        self._rules: Sequence[HeadRule] = ()

    @property
    def rules(self) -> Sequence[HeadRule]:
        """What clients are told of sampling, as of the last answer."""
        return self._rules

    def store(self, payload: Payload, size: int, receiver: str) -> None:
        """Have the spans of a payload stored, as `collector.http.intake.intake.Sink` says."""
        number = next(self._numbers)
        batch = Batch(
            number,
            receiver,
            size,
            [prepare(chunk) for chunk in payload.chunks],
            payload.spans,
            payload.unsampled,
            payload.unfinished,
            payload.impossible_times,
            dict(payload.rejected),
        )
        answer: Future[Answer] = Future()
        self._waiting[number] = answer
        try:
            self._send(batch)
            told = answer.result(MAX_WAIT_S)
        except TimeoutError:
            message = f"the process that stores has not answered for {MAX_WAIT_S:.0f} s"
            raise NoAnswerError(message) from None
        finally:
            self._waiting.pop(number, None)
        if told.problem:
            raise PROBLEMS[told.problem](told.reason)

    def reject(self, kind: str, size: int, receiver: str) -> None:
        """Have a request counted of which nothing was kept."""
        with suppress(CannotWriteError):  # the counts have ended with the process
            self._send(Refused(kind, size, receiver))

    def say_ready(self) -> None:
        """Tell the storing process that connections are taken, still or from now on."""
        with suppress(CannotWriteError):  # then none will come
            self._send(Ready())

    def take_answers(self) -> None:
        """Give everyone who waits what the storing process answers, until it ends."""
        try:
            while True:
                answer = decode_answer(self._connection.recv_bytes())
                if answer.rules is not None:
                    self._rules = answer.rules
                if waiting := self._waiting.pop(answer.number, None):
                    waiting.set_result(answer)
        except (EOFError, OSError):
            self._end()

    def _send(self, message: Message) -> None:
        """Raises `CannotWriteError` if the storing process has ended."""
        data = encode(message)
        try:
            with self._lock:
                if self._ended:
                    raise CannotWriteError(ENDED)
                self._connection.send_bytes(data)
        except OSError:
            raise CannotWriteError(ENDED) from None

    def _end(self) -> None:
        """Answer everyone who still waits."""
        with self._lock:
            self._ended = True
        for number in list(self._waiting):
            if waiting := self._waiting.pop(number, None):
                waiting.set_result(Answer(number, CannotWriteError.__name__, ENDED, None))
