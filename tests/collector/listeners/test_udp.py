"""A port for datagrams: bounded, and not to be brought down by what stores them."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from collector import background_thread
from collector.listeners import udp
from collector.listeners.ports import RECEIVERS
from collector.listeners.udp import UdpListener
from tests.waiting import wait_until

WAIT_S = 30.0
RECEIVER = next(receiver for receiver in RECEIVERS if receiver.protocol == "udp")


class Given:
    """A sink that does what it is given."""

    def __init__(self, store: Callable[[list[bytes]], None]) -> None:
        self.store = store
        self.finished = 0

    def finish(self) -> None:
        self.finished += 1


@contextmanager
def listening(store: Callable[[list[bytes]], None]) -> Iterator[tuple[UdpListener, socket.socket]]:
    """Give a listener, and a socket that sends to it."""
    sink = Given(store)
    listener = UdpListener(RECEIVER, "127.0.0.1", 0, sink)
    listener.start()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.connect(("127.0.0.1", listener.port))
        try:
            yield listener, sender
            assert not sink.finished
        finally:
            listener.stop()
    assert sink.finished == 1


def test_what_arrives_is_stored_and_what_waits_at_the_end_too() -> None:
    stored: list[bytes] = []
    with listening(stored.extend) as (_, sender):
        for number in range(20):
            sender.send(b"%d" % number)
        sender.send(b"")
        sender.send(b"x" * 60_000)
        wait_until(lambda: len(stored) == 22)
    assert stored == [b"%d" % number for number in range(20)] + [b"", b"x" * 60_000]


@pytest.mark.parametrize("size", [0, 1_000])
def test_what_waits_is_bounded(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(udp, "MAX_WAITING_BYTES", 10_000)
    began, go_on = threading.Event(), threading.Event()
    stored: list[bytes] = []

    def store(datagrams: list[bytes]) -> None:
        if datagrams:
            began.set()
            assert go_on.wait(WAIT_S)
        stored.extend(datagrams)

    with listening(store) as (listener, sender):
        sender.send(b"first")
        assert began.wait(WAIT_S)
        room = 10_000 // (size + udp.DATAGRAM_BYTES)
        for _ in range(room + 5):
            sender.send(b"x" * size)
        wait_until(lambda: listener.dropped == 5)
        go_on.set()
    assert len(stored) == room + 1


def test_a_failure_to_store_ends_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(background_thread, "PAUSE_S", 0.01)
    stored: list[bytes] = []

    def store(datagrams: list[bytes]) -> None:
        if b"bad" in datagrams:
            raise SystemExit("a bug")
        stored.extend(datagrams)

    with listening(store) as (listener, sender):
        sender.send(b"bad")
        wait_until(lambda: "met an error and goes on" in capsys.readouterr().err)
        sender.send(b"good")
        wait_until(lambda: stored == [b"good"])
        assert listener.problem() == ""


def test_a_taken_port_is_refused() -> None:
    with listening(lambda _: None) as (listener, _), pytest.raises(OSError, match="in use"):
        UdpListener(RECEIVER, "127.0.0.1", listener.port, Given(lambda _: None))
