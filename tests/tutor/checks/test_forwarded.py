"""Whether a second backend has what the first one has."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.servers import running
from tests.serving import serving
from tests.waiting import wait_until
from tutor import http
from tutor.checks import forwarded
from tutor.checks.forwarded import must_be_forwarded
from tutor.checks.probe import Probe
from tutor.checks.stored_trace import Trace
from tutor.collector import Collector
from tutor.course.lessons import Course
from tutor.failure import CheckFailed
from tutor.sandbox.target import Target

TRACE_ID = 7
APP = Probe(Target("mine/", Path(), Path(), *["http://127.0.0.1:1"] * 4), Course())


class OtherBackend(BaseHTTPRequestHandler):
    """Accepts what it is sent, and is nothing of ours."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(200)

    def do_GET(self) -> None:
        self._answer(404 if "ping" in self.path else 501)

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def far_end(tmp_path: Path) -> Iterator[str]:
    """The address of a collector."""
    with running("-m", "collector", "--port", "0", "--data", str(tmp_path / "far")) as server:
        yield server.url


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Don't wait long for what won't come."""
    monkeypatch.setattr(forwarded, "ARRIVAL_S", 0.2)


@contextmanager
def stored(folder: Path, *forward: str) -> Iterator[Trace]:
    """Store a trace in a collector that forwards."""
    command = ["-m", "collector", "--port", "0", "--data", str(folder / "near")]
    for target in forward:
        command += ["--forward", target]
    with running(*command) as server:
        collector = Collector(server.url)
        http.put(f"{server.url}/v0.4/traces", [[span(1, 0), span(2, 1)]])
        answer = collector.trace(f"{TRACE_ID:032x}")
        assert answer
        yield Trace(answer, collector, "")


def span(number: int, parent: int) -> dict[str, object]:
    return {
        "trace_id": TRACE_ID,
        "span_id": number,
        "parent_id": parent,
        "service": "web",
        "name": f"work {number}",
        "resource": "",
        "type": "",
        "start": time.time_ns(),
        "duration": 1_000_000,
        "error": 0,
        "meta": {"beer.name": "ipa"},
    }


def test_a_copy_is_compared_span_by_span(far_end: str, tmp_path: Path) -> None:
    with stored(tmp_path, f"otlp={far_end}") as trace:
        must_be_forwarded(APP, trace)
        assert APP.notes["forwarded"] == f"2 spans to {far_end}, all the same"


def test_a_copy_that_is_different_is_named(
    far_end: str, tmp_path: Path, quick: None, closed_port: int
) -> None:
    other = {**span(2, 1), "meta": {"beer.name": "ale"}}
    http.put(f"{far_end}/v0.4/traces", [[span(1, 0), other]])
    with stored(tmp_path, f"zipkin=http://127.0.0.1:{closed_port}") as trace:
        target = {"target": f"otlp={far_end}/v1/traces", "sent": 2, "problem": ""}
        with pytest.raises(CheckFailed) as failure:
            forwarded._must_have_arrived(APP, trace, target)
        assert "work" in failure.value.seen


def test_somebody_has_to_be_there(tmp_path: Path, quick: None) -> None:
    seen = pytest.raises(CheckFailed, match="it keeps everything to itself")
    with stored(tmp_path) as trace, seen:
        must_be_forwarded(APP, trace)


def test_who_is_there_has_to_take_it(tmp_path: Path, quick: None, closed_port: int) -> None:
    expected = pytest.raises(CheckFailed, match="to take what it is sent")
    with stored(tmp_path, f"otlp=http://127.0.0.1:{closed_port}") as trace, expected:
        must_be_forwarded(APP, trace)


def test_another_makers_backend_is_taken_at_its_word(tmp_path: Path) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), OtherBackend)
    with serving(server) as url, stored(tmp_path, f"otlp={url}") as trace:
        wait_until(lambda: sent(trace))
        must_be_forwarded(APP, trace)
        assert APP.notes["forwarded"].startswith("2 spans accepted by otlp=")


def sent(trace: Trace) -> int:
    return int(trace.collector.stats()["forward"][0]["sent"])
