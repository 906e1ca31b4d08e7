"""The open mode against an app that is slower than the rate: durations count from when a request
was due, for Locust and for the trace."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.loadtest.locusts import Run, run
from tests.services.sink import running_sink, tag
from tests.serving import serving

TAKES_S = 0.4
RATE = 10
USERS = 2


class Slow(BaseHTTPRequestHandler):
    """Responds after a while, so it manages 5 requests per second from two users, not 10."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        time.sleep(TAKES_S)
        body = json.dumps({"beers": [{"name": "ipa"}]}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@pytest.fixture(scope="module")
def slow_app() -> Iterator[str]:
    with serving(ThreadingHTTPServer(("127.0.0.1", 0), Slow)) as url:
        yield url


Ended = tuple[Run, dict[str, Any], list[dict[str, Any]]]


@pytest.fixture(scope="module")
def ended(slow_app: str, tmp_path_factory: pytest.TempPathFactory) -> Ended:
    """The run, its record, and the roots of its traces."""
    record: Path = tmp_path_factory.mktemp("run") / "run.json"
    options = ("-u", str(USERS), "-r", "9", "-t", "4s", "--rate", str(RATE))
    with running_sink() as sink:
        done = run(slow_app, sink.url, *options, "--record", str(record), "Pairer")
        roots = [trace.root for trace in sink.traces("locust", done.counts[0])]
    return done, json.loads(record.read_text()), roots


def test_durations_count_from_when_the_request_was_due(ended: Ended) -> None:
    _, record, _ = ended
    slowest = record["slowest"][0]
    assert slowest["waited"] > 0.4e9, "two users fall further and further behind"
    assert slowest["duration"] > slowest["waited"] + TAKES_S * 0.9e9
    assert record["load"]["mode"] == "open"
    assert record["load"]["rate"] == RATE


def test_the_span_begins_when_the_request_was_due(ended: Ended) -> None:
    _, record, roots = ended
    slowest = record["slowest"][0]
    (root,) = [
        root for root in roots if f"{root['trace_id']:x}" == slowest["trace_id"][16:].lstrip("0")
    ]
    waited = float(tag(root, "load.waited_ms") or 0) * 1e6
    assert waited == pytest.approx(slowest["waited"], abs=1e6)
    assert root["duration"] >= slowest["duration"] - 1e6
    assert root["start"] == int(slowest["start"])


def test_requests_that_were_due_and_never_sent_are_counted(ended: Ended) -> None:
    _, record, _ = ended
    due = record["total"]["requests"] + record["unsent"]
    assert record["unsent"] > 0
    assert due > record["seconds"] * RATE * 0.5, "about the rate, except for how users begin"


def test_locust_counts_the_same(ended: Ended) -> None:
    done, record, _ = ended
    assert done.counts[0] == record["total"]["requests"]
    assert done.code == 0, done.output
