"""Datagrams that nobody should send: they are counted, and those that follow are stored."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.collector.thrift_writers import Binary, Compact, record
from tests.fuzz import hostile
from tests.fuzz.exchange import FUZZING, exchange, tracebacks
from tests.fuzz.mutate import with_another_value
from tests.fuzz.samples import JAEGER_BATCH, SEGMENT
from tests.servers import Server, running

WAIT_S = 20.0
HEADER = b'{"format": "json", "version": 1}\n'
MAX_BYTES = 4_000
"""The system must have room for all that are sent at once."""
SAMPLES = {
    "jaeger-compact": Compact().message("emitBatch", record(f1=JAEGER_BATCH)),
    "jaeger-binary": Binary().message("emitBatch", record(f1=JAEGER_BATCH)),
    "xray-daemon": HEADER + json.dumps(SEGMENT).encode(),
}
DOCUMENTS = with_another_value(SEGMENT, hostile.JSON_VALUES).map(
    lambda document: HEADER + json.dumps(document).encode("utf-8", "replace")
)


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A collector with all its ports open, each on any that is free."""
    data = str(tmp_path_factory.mktemp("datagrams"))
    with running("-m", "collector", "--port", "0", "--open", "any", "--data", data) as server:
        yield server
        assert not tracebacks(server)


@pytest.mark.parametrize("name", SAMPLES)
def test_datagrams_are_stored_or_counted(collector: Server, name: str) -> None:
    before = _receiver(collector, name)

    @FUZZING
    @given(hostile.raw_bodies([SAMPLES[name]]) | (DOCUMENTS if "xray" in name else st.nothing()))
    def send(datagram: bytes) -> None:
        sender.send(datagram[:MAX_BYTES])

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.connect(("127.0.0.1", before["port"]))
        send()
        deadline = time.monotonic() + WAIT_S
        spans, unread = _receiver(collector, name)["spans"], before["unread"]
        while True:  # it may have been lost among so many
            sender.send(SAMPLES[name])
            sender.send(b"hello")
            found = _receiver(collector, name)
            if found["spans"] > spans and found["unread"] > unread:
                break
            assert time.monotonic() < deadline, found
            time.sleep(0.02)
    stats = exchange(collector, "GET", "/stats").json
    assert stats["problems"] == []
    assert stats["datagrams"]["unread"] > 0


def _receiver(collector: Server, name: str) -> dict[str, Any]:
    rows = exchange(collector, "GET", "/api/receivers").json["receivers"]
    found: dict[str, Any] = next(row for row in rows if row["name"] == name)
    return found
