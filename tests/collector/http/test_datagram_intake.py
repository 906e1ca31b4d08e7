"""The way of datagrams into the store, with an intake that notes what it is given."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable

import pytest

from collector.http.intake import datagrams
from collector.http.intake.datagrams import DatagramIntake
from collector.http.intake.intake import Intake, NotTakenError
from collector.receivers.payload import Payload
from tests.collector.receivers.test_jaeger import batch, span
from tests.collector.thrift_writers import Compact, record

HEADER = b'{"format": "json", "version": 1}\n'
PART = {"type": "subsegment", "name": "db", "id": "2", "parent_id": "1", "start_time": 1}
PART |= {"trace_id": "1-5759e988-bd862e3fe1be46a994272793"}


class NotingIntake(Intake):
    """Stores nothing."""

    def __init__(self, full: bool = False) -> None:
        self.taken: list[tuple[int, int]] = []
        self.rejected: Counter[str] = Counter()
        self._full = full

    def take(self, read: Callable[[], Payload], size: int) -> Payload:
        """Note how many spans there are, and their size."""
        payload = read()
        self.taken.append((payload.spans, size))
        if self._full:
            raise NotTakenError(503, "the disk is full")
        return payload

    def reject(self, kind: str, size: int) -> None:
        """Note what was wrong."""
        self.rejected[kind] += 1


def datagram(spans: int) -> bytes:
    message = record(f1=batch(*[span(id=number + 1) for number in range(spans)]))
    return Compact().message("emitBatch", message)


def test_datagrams_are_stored_together() -> None:
    intake = NotingIntake()
    sent = [datagram(2), b"hello", datagram(3), b""]
    DatagramIntake("jaeger-compact", intake).store(sent)
    assert intake.taken == [(5, len(sent[0]) + len(sent[2]))]
    assert intake.rejected == {"malformed": 2}


def test_what_is_held_at_once_is_bounded_by_what_the_spans_may_have(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sent = datagram(4)  # each of the four spans may have all that is in it
    monkeypatch.setattr(datagrams, "MAX_BYTES_TOGETHER", 3 * 4 * len(sent))
    intake = NotingIntake()
    DatagramIntake("jaeger-compact", intake).store([sent] * 7)
    assert [spans for spans, _ in intake.taken] == [12, 12, 4]


def test_nothing_is_stored_where_nothing_came() -> None:
    intake = NotingIntake()
    DatagramIntake("jaeger-compact", intake).store([])
    DatagramIntake("xray-daemon", intake).store([])
    assert intake.taken == []


def test_what_waits_is_stored_at_the_end() -> None:
    intake = NotingIntake()
    waiting = DatagramIntake("xray-daemon", intake)
    waiting.store([HEADER + json.dumps(PART).encode()])
    waiting.finish()
    assert [spans for spans, _ in intake.taken] == [0, 1]


def test_a_full_disk_ends_nothing() -> None:
    intake = NotingIntake(full=True)
    receiver = DatagramIntake("jaeger-compact", intake)
    receiver.store([datagram(1)])
    receiver.store([datagram(1)])
    receiver.finish()
    assert len(intake.taken) == 2
