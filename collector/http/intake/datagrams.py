"""The way of datagrams into the store: nobody waits for an answer, so what is wrong is counted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress

from collector.http.intake.intake import Intake, NotTakenError
from collector.receivers import jaeger, xray
from collector.receivers.body import BodyError
from collector.receivers.payload import Payload
from collector.receivers.thrift_binary import BinaryReader
from collector.receivers.thrift_compact import CompactReader

READERS: Mapping[str, Callable[[bytes], Payload]] = {
    "jaeger-compact": lambda datagram: jaeger.read_datagram(CompactReader(datagram)),
    "jaeger-binary": lambda datagram: jaeger.read_datagram(BinaryReader(datagram)),
    "xray-daemon": xray.read_datagram,
}
"""For each receiver, what reads its datagrams; it raises `BodyError` if one cannot be read."""


class DatagramIntake:
    """Stores datagrams of one receiver."""

    def __init__(self, name: str, intake: Intake) -> None:
        self._read = READERS[name]
        self._intake = intake

    def store(self, datagrams: list[bytes]) -> None:
        """Store the spans in some datagrams together, and count those that cannot be read."""
        whole = Payload()
        size = 0
        for datagram in datagrams:
            try:
                part = self._read(datagram)
            except BodyError as problem:
                self._intake.reject(problem.kind, len(datagram))
            else:
                whole.add(part)
                size += len(datagram)
        if whole.spans:
            with suppress(NotTakenError):  # it is counted
                self._intake.take(lambda: whole, size)
