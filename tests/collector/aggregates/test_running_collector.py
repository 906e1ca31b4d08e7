"""Digests in a real collector: made in the background, still there after it was killed, and no
burden on clients that send meanwhile."""

from __future__ import annotations

import json
import signal
import threading
import time
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psutil
import pytest

from collector.model import Chunk, Span
from tests.collector.analysis.traces import SOME_TIME, random_trace
from tests.collector.random_spans import v04
from tests.servers import running

ROUTE = {"by": "operation", "q": "service:x"}


def ask(url: str, path: str, **parameters: str) -> Any:
    with urllib.request.urlopen(f"{url}{path}?{urlencode(parameters)}", timeout=60) as answer:
        return json.load(answer)


def send(url: str, numbers: range) -> None:
    send_chunks(url, [Chunk(f"{number:032x}", random_trace(12, number)) for number in numbers])


def send_chunks(url: str, chunks: list[Chunk]) -> None:
    headers = {"Content-Type": "application/msgpack"}
    request = urllib.request.Request(f"{url}/v0.4/traces", v04(chunks), headers, method="PUT")
    with urllib.request.urlopen(request, timeout=60) as answer:
        assert "rejected" not in json.load(answer)


def test_digests_are_made_in_the_background_and_survive_a_kill(tmp_path: Path) -> None:
    arguments = ("-m", "collector", "--port", "0", "--data", str(tmp_path))
    with running(*arguments) as server:
        send(server.url, range(1, 61))
        deadline = time.monotonic() + 60
        while ask(server.url, "/stats")["digests"]["waiting"]:
            assert time.monotonic() < deadline
            time.sleep(0.2)
        [digests] = (tmp_path / "traces").glob("*.digests")
        before = ask(server.url, "/api/graph", **ROUTE)
        server.process.kill()
        server.process.wait(10)
    assert before["count"] > 10
    made = digests.stat().st_ino
    with running(*arguments) as server:
        after = ask(server.url, "/api/graph", **ROUTE)
        assert digests.stat().st_ino == made
    assert before["sample"].pop("as_of") < after["sample"].pop("as_of")
    assert after == before


def test_spans_are_taken_in_while_many_ask(tmp_path: Path) -> None:
    with running("-m", "collector", "--port", "0", "--data", str(tmp_path)) as server:
        send(server.url, range(1, 301))
        counts: list[int] = []

        def keep_asking() -> None:
            for by in ("path", "operation", "service"):
                counts.append(ask(server.url, "/api/graph", by=by)["count"])

        askers = [threading.Thread(target=keep_asking) for _ in range(3)]
        for asker in askers:
            asker.start()
        for begin in range(301, 401, 10):
            send(server.url, range(begin, begin + 10))
        for asker in askers:
            asker.join(60)
        assert len(counts) == 9
        assert all(300 <= count <= 400 for count in counts)
        assert ask(server.url, "/api/graph")["count"] == 400
        assert ask(server.url, "/stats")["stored"]["traces"] == 400


@pytest.mark.parametrize("signal_", [signal.SIGTERM, signal.SIGKILL])
def test_the_process_for_large_traces_ends_with_the_collector(
    tmp_path: Path, signal_: signal.Signals
) -> None:
    with running("-m", "collector", "--port", "0", "--data", str(tmp_path)) as server:
        spans = [Span(n, n // 2, "web", "work", "", "", SOME_TIME, 9) for n in range(1, 10_001)]
        send_chunks(server.url, [Chunk(f"{1:032x}", spans)])
        assert len(ask(server.url, f"/api/trace/{1:032x}/insight")["ranks"]) == 10_000
        [analysing] = psutil.Process(server.process.pid).children()
        server.process.send_signal(signal_)
        server.process.wait(20)
        analysing.wait(20)
