"""A port for datagrams."""

from __future__ import annotations

import selectors
import socket
import threading
from collections import deque
from typing import Protocol

from collector.background_thread import BackgroundThread
from collector.listeners.ports import Receiver
from collector.listeners.sockets import bound_sockets
from collector.log import Trouble

MAX_DATAGRAM_BYTES = 65_536
DATAGRAM_BYTES = 128
"""What a datagram needs in memory besides what is in it: there are empty ones."""
MAX_WAITING_BYTES = 16 * 1024 * 1024
"""Size of the datagrams that wait to be stored. Those that arrive while so much waits are dropped:
UDP has no way to slow the sender down."""
MAX_BATCH = 256
"""Datagrams that are stored together."""
BUFFER_BYTES = 4 * 1024 * 1024
"""What we ask the system to hold for us; it may give less."""
PAUSE_S = 0.5
"""Time after which an idle thread looks whether it is to end."""
MAX_ROUND_S = 90.0
"""A thread is stuck after so long: the store may wait for a slow disk for a minute."""


class Sink(Protocol):
    """Where datagrams go. If it raises, they are lost."""

    def store(self, datagrams: list[bytes]) -> None:
        """Store some; none, from time to time, while none arrive."""

    def finish(self) -> None:
        """Store what is left: no more will come."""


class UdpListener:
    """Takes datagrams, and hands them on in batches.

    One thread does nothing but receive: what arrives while the disk is written to would not fit
    into the system's buffer.
    """

    def __init__(self, receiver: Receiver, host: str, port: int, sink: Sink) -> None:
        """Listen on the port, 0 for any that is free.

        Raises `OSError` if the port cannot be listened on.
        """
        self.name = receiver.name
        self._sink = sink
        self._sockets = bound_sockets(host, port, socket.SOCK_DGRAM)
        self.port = int(self._sockets[0].getsockname()[1])
        self.dropped = 0
        """Datagrams for which there was no room."""
        self._waiting: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._changed = threading.Condition()
        self._closing = False
        self._trouble = Trouble()
        self._selector = selectors.DefaultSelector()
        for each in self._sockets:
            each.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
            each.setblocking(False)
            self._selector.register(each, selectors.EVENT_READ)
        what = f"{receiver.format} datagrams"
        self._what = what
        self._threads = (
            BackgroundThread(f"receives {what}", self._receive, MAX_ROUND_S),
            BackgroundThread(f"stores {what}", self._store_batch, MAX_ROUND_S),
        )

    def start(self) -> None:
        """Begin to receive."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Receive no more, and store what has been received."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()
        self._selector.close()
        for each in self._sockets:
            each.close()

    def problem(self) -> str:
        """Return what is wrong with its threads, in a sentence; "" if nothing is."""
        return next(filter(None, (thread.problem() for thread in self._threads)), "")

    def _receive(self) -> bool:
        """Take in what has arrived. Return whether to go on."""
        for key, _ in self._selector.select(PAUSE_S):
            sock: socket.socket = key.fileobj  # type: ignore[assignment]
            try:
                datagram = sock.recv(MAX_DATAGRAM_BYTES)
            except BlockingIOError:
                continue  # its checksum was wrong, for example
            self._keep(datagram)
        return not self._closing

    def _keep(self, datagram: bytes) -> None:
        with self._changed:
            size = len(datagram) + DATAGRAM_BYTES
            if self._waiting_bytes + size > MAX_WAITING_BYTES:
                self.dropped += 1
                self._trouble.report(f"more {self._what} arrive than can be stored: some are lost")
                return
            self._waiting.append(datagram)
            self._waiting_bytes += size
            self._changed.notify_all()

    def _store_batch(self) -> bool:
        """Store what waits. Return whether to go on."""
        with self._changed:
            if not self._waiting and not self._closing:
                self._changed.wait(PAUSE_S)
            size = min(len(self._waiting), MAX_BATCH)
            batch = [self._waiting.popleft() for _ in range(size)]
            self._waiting_bytes -= sum(len(datagram) + DATAGRAM_BYTES for datagram in batch)
            more = bool(self._waiting) or not self._closing
        self._sink.store(batch)
        if not batch:
            self._trouble.over(f"all {self._what} are stored again")
        if not more:
            self._sink.finish()
        return more
