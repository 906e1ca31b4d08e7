"""Rules that the collector gives: taken over while the app runs, kept while it is away."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.serving import serving
from tests.waiting import wait_until
from tracer import InMemoryWriter, Tracer
from tracer.sampling import KEEP, REJECT, remote
from tracer.sampling.remote import RemoteSampler

NOTHING: list[dict[str, Any]] = [{"rate": 0}]


class Rules(ThreadingHTTPServer):
    """A collector that gives rules."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int]) -> None:
        super().__init__(address, _Handler)
        self.rules: Any = NOTHING
        self.asked: list[dict[str, Any]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Rules

    def do_POST(self) -> None:
        assert self.path == "/sampling/rules"
        self.server.asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        body = json.dumps({"rules": self.server.rules}).encode()
        etag = f'"{hash(body)}"'
        same = self.headers["If-None-Match"] == etag
        self.send_response(304 if same else 200)
        self.send_header("ETag", etag)
        self.end_headers()
        if not same:
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def collector(port: int = 0) -> Iterator[Rules]:
    server = Rules(("127.0.0.1", port))
    with serving(server):
        yield server


@pytest.fixture(autouse=True)
def impatient_questions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "INTERVAL_S", 0.05)


@pytest.fixture
def ask() -> Iterator[Callable[[str], RemoteSampler]]:
    made: list[RemoteSampler] = []

    def make(url: str) -> RemoteSampler:
        made.append(RemoteSampler(url, "web"))
        return made[-1]

    yield make
    for sampler in made:
        sampler.close()


def decided(sampler: RemoteSampler, priority: int) -> bool:
    """Return whether the sampler comes to decide like this."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if sampler.decide(1, "web", "op", "op", {}).priority == priority:
            return True
        time.sleep(0.01)
    return False


def said_of(port: int, caplog: pytest.LogCaptureFixture) -> list[str]:
    """What was said of the collector on a port; those of other tests end meanwhile."""
    messages = [record.getMessage() for record in caplog.records]
    return [message for message in messages if f":{port}" in message]


def test_rules_are_taken_over_while_the_app_runs(ask: Callable[[str], RemoteSampler]) -> None:
    with collector() as server:
        sampler = ask(server.url)
        assert decided(sampler, REJECT)
        server.rules = [{"service": "web", "rate": 1}, {"rate": 0}]
        assert decided(sampler, KEEP)
        server.rules = NOTHING
        assert decided(sampler, REJECT)


def test_the_last_rules_hold_while_the_collector_is_away(
    ask: Callable[[str], RemoteSampler], caplog: pytest.LogCaptureFixture
) -> None:
    with collector() as server:
        sampler = ask(server.url)
        assert decided(sampler, REJECT)
        port = server.server_port
    with caplog.at_level(logging.WARNING):
        deadline = time.monotonic() + 20
        while not said_of(port, caplog) and time.monotonic() < deadline:
            time.sleep(0.01)
    time.sleep(0.2)
    assert len(said_of(port, caplog)) == 1, "it is said once"
    assert "the last known ones hold" in caplog.text
    assert sampler.decide(1, "web", "op", "op", {}).priority == REJECT
    with collector(port) as server:
        server.rules = [{"rate": 1}]
        assert decided(sampler, KEEP)


@pytest.mark.parametrize("rules", [7, [{"rate": 2}], [{"unknown": 1}], "x"])
def test_rules_that_are_none_change_nothing(
    rules: Any, ask: Callable[[str], RemoteSampler], caplog: pytest.LogCaptureFixture
) -> None:
    with collector() as server, caplog.at_level(logging.WARNING):
        sampler = ask(server.url)
        assert decided(sampler, REJECT)
        server.rules = rules
        deadline = time.monotonic() + 20
        while not caplog.records and time.monotonic() < deadline:
            time.sleep(0.01)
        assert caplog.records
        assert sampler.decide(1, "web", "op", "op", {}).priority == REJECT


def test_until_the_first_answer_everything_is_kept(
    ask: Callable[[str], RemoteSampler], free_port: int
) -> None:
    sampler = ask(f"http://127.0.0.1:{free_port}")
    assert sampler.decide(1, "web", "op", "op", {}).priority == KEEP


def test_what_the_rules_have_decided_is_told_once(ask: Callable[[str], RemoteSampler]) -> None:
    with collector() as server:
        sampler = ask(server.url)
        assert decided(sampler, REJECT)
        for _ in range(5):
            sampler.decide(1, "web", "op", "op", {})
        deadline = time.monotonic() + 20
        told = 0
        while told < 6 and time.monotonic() < deadline:
            time.sleep(0.01)
            questions = list(server.asked)
            told = sum(each["matched"] for asked in questions for each in asked["decided"])
    assert told == 6  # five, and the one that found out that the rules are there
    assert all(each["kept"] == 0 for asked in questions for each in asked["decided"])
    assert {asked["service"] for asked in questions} == {"web"}


def test_the_environments_sampler_asks_as_the_app_is_configured_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TRACE_SAMPLING", "remote")
    with collector() as server:
        tracer = Tracer(InMemoryWriter())
        tracer.configure(hostname="127.0.0.1", port=server.server_port, service="web")
        tracer.writer = InMemoryWriter()
        with tracer.trace("root"):
            pass
        wait_until(lambda: server.asked)
        assert server.asked[0]["service"] == "web"
        tracer.configure(sampling=1)
