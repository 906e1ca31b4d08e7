"""Collectors that send on what they store, to one that is well and to some that are not."""

from __future__ import annotations

import json
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests

from collector.receivers.xray_documents import DatagramReader
from collector.receivers.zipkin_v2 import read_json
from tests.browser.spans import Trace, pairing, ping
from tests.browser.stack import Stack
from tests.servers import Server, running
from tests.serving import serving
from tests.trickle import trickling
from tests.waiting import wait_until

TRACES = [pairing(1), pairing(2, fail=True), *(ping(number) for number in range(10, 20))]
SPANS = sum(len(trace.spans) for trace in TRACES)
ADDED = {"_sampling_priority_v1"}
"""Tags that a format cannot do without."""


@contextmanager
def forwarding(data: Path, *targets: str) -> Iterator[Server]:
    options = ("--port", "0", "--data", str(data), "--forward", ",".join(targets))
    with running("-m", "collector", *options) as server:
        yield server


def send(server: Server, traces: list[Trace] = TRACES) -> None:
    Stack(server.url, "").send(traces)


def report(server: Server) -> dict[str, Any]:
    """What became of the spans for its only target."""
    (target,) = requests.get(f"{server.url}/stats", timeout=10).json()["forward"]
    return dict(target)


def stored(server: Server, trace: Trace) -> list[dict[str, Any]]:
    """All spans of a trace with everything about them."""
    answer = requests.get(f"{server.url}/api/trace/{trace.hex}/export?format=json", timeout=10)
    spans = answer.json()["traces"][0]["spans"]
    for span in spans:
        span["tags"] = {key: each for key, each in span["tags"].items() if key not in ADDED}
    return sorted(spans, key=lambda span: str(span["id"]))


@pytest.mark.parametrize("name", ["datadog", "otlp"])
def test_a_second_collector_has_it_all_unchanged(tmp_path: Path, name: str) -> None:
    with (
        running("-m", "collector", "--port", "0", "--data", str(tmp_path / "second")) as second,
        forwarding(tmp_path / "first", f"{name}={second.url}") as first,
    ):
        send(first)
        wait_until(lambda: report(first)["sent"] == SPANS)
        for trace in TRACES:
            assert stored(second, trace) == stored(first, trace)
        assert report(first) == {
            "target": report(first)["target"],
            "sent": SPANS,
            "refused": 0,
            "dropped": 0,
            "waiting": 0,
            "problem": "",
        }


def test_what_is_sent_again_is_not_sent_on_again(tmp_path: Path) -> None:
    with (
        running("-m", "collector", "--port", "0", "--data", str(tmp_path / "second")) as second,
        forwarding(tmp_path / "first", f"datadog={second.url}") as first,
    ):
        send(first)
        send(first)
        send(first, [pairing(3)])
        wait_until(lambda: report(first)["sent"] == SPANS + len(pairing(3).spans))


def test_a_key_is_sent_and_shown_nowhere(
    tmp_path: Path, far_end: FarEnd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLLECTOR_FORWARD_ZIPKIN_HEADERS", "api-key=secret")
    far_end.status, far_end.answer = 401, b"no such key: secret"
    with forwarding(tmp_path, at(far_end)) as first:
        send(first, [pairing(1)])
        wait_until(lambda: report(first)["problem"])
        assert report(first)["problem"] == "answered 401: no such key: …"
        assert "secret" not in requests.get(f"{first.url}/stats", timeout=10).text
        assert "secret" not in "".join(first.log)
    assert far_end.keys == ["secret"]


def test_a_key_that_comes_back_as_garbage_is_shown_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLLECTOR_FORWARD_OTLP_HEADERS", "api-key=secret")
    with trickling(b"api-key: secret\r\n\r\n", most=0) as url:
        with forwarding(tmp_path, f"otlp={url}") as first:
            send(first, [pairing(1)])
            wait_until(lambda: report(first)["problem"])
            assert report(first)["problem"] == "no answer: api-key: …"
        assert "secret" not in "".join(first.log)


class FarEnd(ThreadingHTTPServer):
    """A backend that answers as it is told to, and keeps what it was sent."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status, self.headers, self.answer = 200, {}, b"{}"
        self.bodies: list[bytes] = []
        self.asked: list[float] = []
        self.keys: list[str | None] = []


class _Handler(BaseHTTPRequestHandler):
    server: FarEnd

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append(time.monotonic())
        self.server.keys.append(self.headers["api-key"])
        status = self.server.status
        if status < 300:
            self.server.bodies.append(body)
        self.send_response(status)
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(self.server.answer)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def far_end() -> Iterator[FarEnd]:
    server = FarEnd()
    with serving(server):
        yield server


def at(far_end: FarEnd, name: str = "zipkin") -> str:
    return f"{name}=http://127.0.0.1:{far_end.server_port}"


def test_zipkins_receivers_are_sent_every_span(tmp_path: Path, far_end: FarEnd) -> None:
    with forwarding(tmp_path, at(far_end)) as first:
        send(first)
        wait_until(lambda: report(first)["sent"] == SPANS)
    payloads = [read_json(body) for body in far_end.bodies]
    assert not any(payload.rejected for payload in payloads)
    assert sum(payload.spans for payload in payloads) == SPANS


def test_xrays_daemon_is_sent_every_span(tmp_path: Path) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as daemon:
        daemon.bind(("127.0.0.1", 0))
        daemon.settimeout(20)
        target = f"xray=udp://127.0.0.1:{daemon.getsockname()[1]}"
        with forwarding(tmp_path, target) as first:
            send(first, TRACES[2:])
            read = DatagramReader().read
            payloads = [read(daemon.recv(65_535)) for _ in TRACES[2:] for _ in ping(1).spans]
    assert not any(payload.rejected for payload in payloads)
    assert {each.chunks[0].trace_id for each in payloads} == {trace.hex for trace in TRACES[2:]}


def test_after_a_pause_the_same_is_sent_again(tmp_path: Path, far_end: FarEnd) -> None:
    far_end.status, far_end.headers = 503, {"Retry-After": "1"}
    with forwarding(tmp_path, at(far_end)) as first:
        send(first)
        wait_until(lambda: far_end.asked)
        far_end.status = 202
        wait_until(lambda: report(first)["sent"] == SPANS)
        assert report(first)["problem"] == ""
    assert far_end.asked[1] - far_end.asked[0] >= 1


def test_what_is_refused_is_counted_and_the_next_goes_on(tmp_path: Path, far_end: FarEnd) -> None:
    far_end.status, far_end.answer = 400, b"no <b>such</b> thing"
    with forwarding(tmp_path, at(far_end)) as first:
        send(first, [pairing(1)])
        wait_until(lambda: report(first)["refused"] == len(pairing(1).spans))
        assert report(first)["problem"] == "answered 400: no <b>such</b> thing"
        far_end.status = 200
        send(first, [pairing(2)])
        wait_until(lambda: report(first)["sent"] == len(pairing(2).spans))


def test_what_is_taken_in_part_is_counted_so(tmp_path: Path, far_end: FarEnd) -> None:
    partial = {"partialSuccess": {"rejectedSpans": "2", "errorMessage": "too old"}}
    far_end.answer = json.dumps(partial).encode()
    with forwarding(tmp_path, at(far_end, "otlp")) as first:
        send(first, [pairing(1)])
        wait_until(lambda: report(first)["sent"])
        assert report(first)["refused"] == 2
        assert report(first)["sent"] == len(pairing(1).spans) - 2


@contextmanager
def dead() -> Iterator[str]:
    with socket.socket() as holder:  # so that nobody else gets the port
        holder.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{holder.getsockname()[1]}"


@contextmanager
def silent() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@contextmanager
def slow() -> Iterator[str]:
    with trickling(b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n") as url:
        yield url


@contextmanager
def garbage() -> Iterator[str]:
    with trickling(b"\x00\xffSSH-2.0\r\n\r\n", most=0) as url:
        yield url


@pytest.mark.parametrize("bad", [dead, silent, slow, garbage])
def test_a_far_end_that_is_not_well_holds_up_neither_receiving_nor_the_end(
    tmp_path: Path, bad: Callable[[], Any]
) -> None:
    with bad() as url, forwarding(tmp_path, f"otlp={url}") as first:
        for number in range(30, 34):
            send(first, [pairing(number)])
        assert len(stored(first, pairing(33))) == len(pairing(33).spans)
        assert requests.get(f"{first.url}/ping", timeout=10).status_code == 200
        assert report(first)["sent"] == 0
        assert report(first)["waiting"] == 4 * len(pairing(33).spans)
        first.process.send_signal(signal.SIGTERM)
        assert first.process.wait(9) == 0
        left = f"{4 * len(pairing(33).spans)} spans that are stored were not forwarded"
        wait_until(lambda: any(left in line for line in first.log))


def test_what_cannot_be_sent_is_said_and_waits(tmp_path: Path) -> None:
    with dead() as url, forwarding(tmp_path, f"otlp={url}") as first:
        send(first)
        wait_until(lambda: report(first)["problem"])
        assert "refused" in report(first)["problem"]
        wait_until(lambda: report(first)["waiting"] == SPANS)
        assert any("cannot forward to otlp=http" in line for line in first.log)
        assert requests.get(f"{first.url}/ping", timeout=10).status_code == 200


def test_what_is_waiting_is_sent_at_the_end(tmp_path: Path, far_end: FarEnd) -> None:
    with forwarding(tmp_path, at(far_end)) as first:
        send(first)
        first.process.send_signal(signal.SIGTERM)
        assert first.process.wait(9) == 0
    assert sum(read_json(body).spans for body in far_end.bodies) == SPANS


def test_each_target_is_served_for_itself(tmp_path: Path, far_end: FarEnd) -> None:
    with dead() as url, forwarding(tmp_path, f"otlp={url}", at(far_end)) as first:
        send(first)

        def sent() -> list[int]:
            targets = requests.get(f"{first.url}/stats", timeout=10).json()["forward"]
            return [target["sent"] for target in targets]

        wait_until(lambda: sent() == [0, SPANS])
