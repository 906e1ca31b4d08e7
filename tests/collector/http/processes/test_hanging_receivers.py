"""How the storing process finds out that a receiver process hangs, wherever it stopped."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from collector.http.app import Collector
from collector.http.processes import answering
from collector.http.processes.answering import Answering, HangsError
from collector.http.processes.messages import Batch, Ready, encode
from collector.process_messages import messages_through
from tests.collector.stores import collecting

EMPTY = Batch(1, "otlp", 9, [], 0, 0, 0, 0, {})


@pytest.fixture
def subject(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Answering]:
    monkeypatch.setattr(answering, "HANG_S", 0.05)
    with collecting(tmp_path) as store:
        collector = Collector(store)
        yield Answering("receiver process 1", store, collector)
        collector.live.close()


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, its = socket.socketpair()
    with ours, its:
        yield ours, its


def heard_of(subject: Answering, ours: socket.socket, is_ending: bool = False) -> None:
    ending = threading.Event()
    if is_ending:
        ending.set()
    subject.serve(messages_through(ours, answering.HANG_S), ending)


def say(its: socket.socket, *messages: Ready | Batch) -> None:
    with Connection(its.dup().detach()) as connection:
        for message in messages:
            connection.send_bytes(encode(message))


def test_one_that_is_silent_hangs(
    subject: Answering, pair: tuple[socket.socket, socket.socket]
) -> None:
    ours, its = pair
    say(its, Ready(), Ready())
    with pytest.raises(HangsError, match=r"nothing was heard of it for 0\.05 s"):
        heard_of(subject, ours)
    assert subject.was_ready
    assert not subject.is_ready


def test_one_that_stops_in_the_middle_of_a_message_hangs(
    subject: Answering, pair: tuple[socket.socket, socket.socket]
) -> None:
    ours, its = pair
    say(its, Ready())
    its.sendall((1000).to_bytes(4, "big") + b"half of it")
    with pytest.raises(HangsError, match="nothing was heard"):
        heard_of(subject, ours)


def test_one_that_takes_no_answers_hangs(
    subject: Answering, pair: tuple[socket.socket, socket.socket]
) -> None:
    ours, its = pair

    def send() -> None:
        say(its, Ready())
        with suppress(OSError):  # given up
            while True:
                say(its, EMPTY)

    sender = threading.Thread(target=send)
    sender.start()
    with pytest.raises(HangsError, match="taken no answer"):
        heard_of(subject, ours)
    sender.join()


def test_one_has_time_to_start_but_not_for_ever(
    subject: Answering,
    pair: tuple[socket.socket, socket.socket],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ours, _ = pair
    monkeypatch.setattr(answering, "LONGEST_START_S", 0.12)
    with pytest.raises(HangsError, match=r"not ready after 0\.12 s"):
        heard_of(subject, ours)
    assert not subject.was_ready


def test_one_that_is_to_end_need_say_nothing(
    subject: Answering, pair: tuple[socket.socket, socket.socket]
) -> None:
    ours, its = pair
    say(its, Ready())
    timer = threading.Timer(0.2, its.close)
    timer.start()
    heard_of(subject, ours, is_ending=True)
    timer.join()
