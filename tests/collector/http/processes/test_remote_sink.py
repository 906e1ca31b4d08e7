"""What a receiver process makes of the storing process's answers, and of its silence."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import Pipe
from multiprocessing.connection import Connection

import pytest

from collector.http.processes import remote_sink
from collector.http.processes.messages import Answer, Batch, Refused, decode_message, encode
from collector.http.processes.remote_sink import RemoteSink
from collector.receivers.payload import Payload
from collector.sampling.head_rule import HeadRule
from collector.store.group_commit import BusyError, CannotWriteError, NoAnswerError
from tests.collector.chunks import chunk


@contextmanager
def sink() -> Iterator[tuple[RemoteSink, Connection]]:
    """A sink that takes answers, and the end of the storing process."""
    ours, its = Pipe()
    subject = RemoteSink(ours)
    thread = threading.Thread(target=subject.take_answers)
    thread.start()
    try:
        yield subject, its
    finally:
        its.close()
        thread.join()
        ours.close()


def answering(storing: Connection, problem: str, rules: list[HeadRule] | None = None) -> Batch:
    """Take one batch and answer it."""
    batch = decode_message(storing.recv_bytes())
    assert isinstance(batch, Batch)
    storing.send_bytes(encode(Answer(batch.number, problem, "because", rules)))
    return batch


def test_a_batch_is_stored_once_that_is_answered() -> None:
    with sink() as (subject, storing):
        batches: list[Batch] = []
        rules = [HeadRule("web", rate=0.5)]
        thread = threading.Thread(target=lambda: batches.append(answering(storing, "", rules)))
        thread.start()
        subject.store(Payload([chunk(1, 1, 2)], spans=2, unsampled=1), 99, "otlp")
        thread.join()
        [batch] = batches
        assert (batch.receiver, batch.size, batch.spans, batch.unsampled) == ("otlp", 99, 2, 1)
        assert [each.summary.spans for each in batch.chunks] == [2]
        assert subject.rules == rules


@pytest.mark.parametrize("error", [BusyError, CannotWriteError, NoAnswerError])
def test_a_problem_is_raised_here(error: type[Exception]) -> None:
    with sink() as (subject, storing):
        thread = threading.Thread(target=answering, args=(storing, error.__name__))
        thread.start()
        with pytest.raises(error, match="because"):
            subject.store(Payload([chunk(1, 1)], spans=1), 9, "otlp")
        thread.join()


def test_who_waits_when_the_storing_process_ends_can_send_again() -> None:
    with sink() as (subject, storing):

        def end() -> None:
            storing.recv_bytes()
            storing.close()

        thread = threading.Thread(target=end)
        thread.start()
        with pytest.raises(CannotWriteError, match="has ended"):
            subject.store(Payload([chunk(1, 1)], spans=1), 9, "otlp")
        thread.join()
        with pytest.raises(CannotWriteError, match="has ended"):
            subject.store(Payload([chunk(2, 1)], spans=1), 9, "otlp")


def test_silence_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote_sink, "MAX_WAIT_S", 0.05)
    with sink() as (subject, storing):
        with pytest.raises(NoAnswerError, match="has not answered"):
            subject.store(Payload([chunk(1, 1)], spans=1), 9, "otlp")
        late = decode_message(storing.recv_bytes())
        assert isinstance(late, Batch)
        storing.send_bytes(encode(Answer(late.number, "", "", None)))  # nobody waits any more
        subject.reject("malformed", 3, "zipkin")
        assert decode_message(storing.recv_bytes()) == Refused("malformed", 3, "zipkin")
