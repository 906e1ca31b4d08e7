"""Asking a collector that answers a byte at a time: the page does not wait for it."""

from __future__ import annotations

import pytest

from tests.slow_reader import slow_reader
from tests.trickle import trickling
from ui.client import Collector, CollectorDownError


def test_headers_that_trickle() -> None:
    with trickling() as url, pytest.raises(CollectorDownError, match="timed out"):
        Collector(url).open("/api/services", timeout=0.2)


def test_a_body_that_trickles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.client.TIMEOUT_S", 0.2)
    with (
        trickling(b"HTTP/1.1 200 OK\r\n\r\n") as url,
        pytest.raises(CollectorDownError, match="broke off"),
    ):
        Collector(url).get("/api/services")


def test_a_stream_lasts_as_long_as_pieces_arrive() -> None:
    with trickling(b"HTTP/1.1 200 OK\r\n\r\n", most=10) as url:
        answer = Collector(url).open("/api/live", timeout=0.2)
        assert b"".join(answer.body(silence_s=5)) == b"x" * 10
        answer.close()


def test_a_large_body_waits_for_the_collector_to_read_it() -> None:
    body = bytes(20_000_000)
    with slow_reader(len(body)) as url:
        assert Collector(url).post("/api/import", body) == {}
