"""The way of datagrams into the store: nobody waits for an answer, so what is wrong is counted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from typing import Protocol

from collector import limits
from collector.http.intake.intake import Intake, NotTakenError
from collector.receivers import jaeger
from collector.receivers.body import BodyError
from collector.receivers.payload import Payload
from collector.receivers.thrift import ThriftReader
from collector.receivers.thrift_binary import BinaryReader
from collector.receivers.thrift_compact import CompactReader
from collector.receivers.xray_documents import DatagramReader

MAX_BYTES_TOGETHER = limits.DECOMPRESSED_BYTES
"""Size after which what was read is stored. Each span of a datagram may have all that is in it: the
tags of a process are given to all its spans."""


class Reader(Protocol):
    """Reads the datagrams of a format; some have to wait for others. Raises `BodyError` for one
    that cannot be read."""

    def read(self, datagram: bytes) -> Payload:
        """Return what can be stored now."""

    def read_late(self, *, at_end: bool = False) -> Payload:
        """Return what has waited for too long; `at_end`, all that waits."""


class JaegerDatagrams:
    """Reads Jaeger's datagrams, each by itself."""

    def __init__(self, protocol: Callable[[bytes], ThriftReader]) -> None:
        self._protocol = protocol

    def read(self, datagram: bytes) -> Payload:
        """Return the spans. Raises `BodyError` if they cannot be read."""
        return jaeger.read_datagram(self._protocol(datagram))

    def read_late(self, *, at_end: bool = False) -> Payload:
        """Return nothing: nothing waits."""
        return Payload()


READERS: Mapping[str, Callable[[], Reader]] = {
    "jaeger-compact": partial(JaegerDatagrams, CompactReader),
    "jaeger-binary": partial(JaegerDatagrams, BinaryReader),
    "xray-daemon": DatagramReader,
}
"""For each receiver, what makes a reader of its datagrams."""


class DatagramIntake:
    """Stores datagrams of one receiver."""

    def __init__(self, name: str, intake: Intake) -> None:
        self._reader = READERS[name]()
        self._intake = intake

    def store(self, datagrams: list[bytes]) -> None:
        """Store the spans in some datagrams, and what has waited; count those that cannot be
        read."""
        together, size, size_as_spans = Payload(), 0, 0
        for part, part_size in self._read(datagrams):
            together.add(part)
            size += part_size
            size_as_spans += part_size * part.spans
            if size_as_spans >= MAX_BYTES_TOGETHER:
                self._take(together, size)
                together, size, size_as_spans = Payload(), 0, 0
        self._take(together, size)

    def finish(self) -> None:
        """Store what still waits."""
        with suppress(BodyError):
            self._take(self._reader.read_late(at_end=True), 0)

    def _read(self, datagrams: list[bytes]) -> Iterator[tuple[Payload, int]]:
        """Yield what is in the datagrams, and their sizes."""
        for datagram in datagrams:
            try:
                yield self._reader.read(datagram), len(datagram)
            except BodyError as problem:
                self._intake.reject(problem.kind, len(datagram))
        with suppress(BodyError):  # more than anybody sends
            yield self._reader.read_late(), 0

    def _take(self, payload: Payload, size: int) -> None:
        if payload.spans or payload.unfinished or size:
            with suppress(NotTakenError):  # it is counted
                self._intake.take(lambda: payload, size)
