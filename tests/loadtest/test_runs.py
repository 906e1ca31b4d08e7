"""Real runs of Locust against the real services, and against one that misbehaves."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.loadtest.locusts import Run, command, environment, run
from tests.servers import ROOT
from tests.services.pair import Pair, running_pair
from tests.services.sink import Sink, running_sink, tag
from tests.serving import serving
from tests.waiting import wait_until
from tutor.ports import any_free

ROUTES = {
    "/beers",
    "/beers/<name>",
    "/beers/<name> (unknown)",
    "/beers/<name>/reviews",
    "/donuts",
    "/donuts/<name>",
    "/menu",
    "/pair/beer",
}


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory, redis_url: str) -> Iterator[Pair]:
    data = tmp_path_factory.mktemp("beer")
    with running_pair(data, redis_url, TASTE_MS="5", CONNECT_MS="0") as running:
        yield running


@pytest.fixture(scope="module")
def quiet(pair: Pair) -> Run:
    """A run of a few users, none of whom meets the frozen donut."""
    with pair.turned(THAW_MS=0):
        return run(pair.web.url, pair.sink.url, "-u", "4", "-r", "4", "-t", "6s", "--slow", "0.2")


class Misbehaving(BaseHTTPRequestHandler):
    """An app that fails, both on purpose and not, and is degraded when it does not."""

    protocol_version = "HTTP/1.1"
    answers = (
        (200, {"match": {}, "untasted": ["baked alaska: too slow (planted: bottleneck 10)"]}),
        (503, {"error": "no connection; this is planted", "planted": "bottleneck 9"}),
        (503, {"error": "Redis does not answer"}),
    )
    asked = 0

    def do_GET(self) -> None:
        status, answer = 200, {"beers": [{"name": "ipa"}]}
        if self.path != "/beers":
            status, answer = self.answers[Misbehaving.asked % 3]
            Misbehaving.asked += 1
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@pytest.fixture
def misbehaving() -> Iterator[str]:
    with serving(ThreadingHTTPServer(("127.0.0.1", 0), Misbehaving)) as url:
        yield url


@pytest.fixture
def sink() -> Iterator[Sink]:
    with running_sink() as sink:
        yield sink


def test_a_run_against_the_app_ends_well(quiet: Run) -> None:
    assert quiet.code == 0, quiet.output
    requests, slow, failed, planted = quiet.counts
    assert requests > 8
    assert slow >= 1
    assert (failed, planted) == (0, 0), quiet.output
    assert "Traceback" not in quiet.output
    lines = set(re.findall(r"^GET +(/.*?)  ", quiet.output, re.MULTILINE))
    assert "/pair/beer" in lines
    assert lines <= ROUTES, "one line for a route, not for each address"


def test_every_request_is_the_root_of_a_trace_that_goes_on_in_the_app(
    quiet: Run, pair: Pair
) -> None:
    def have_gone_on() -> bool:
        """Whether the app's part of each trace has come, too: it may come after Locust's."""
        traces = pair.sink.traces("locust", quiet.counts[0])
        answered = (t for t in traces if tag(t.root, "http.response.status_code") is not None)
        return all(trace.named("flask.request") for trace in answered)

    wait_until(have_gone_on)
    traces = pair.sink.traces("locust", quiet.counts[0])
    assert len(traces) in range(quiet.counts[0], quiet.counts[0] + 5), "all were delivered"
    for trace in traces:
        root = trace.root
        if tag(root, "http.response.status_code") is None:
            continue  # cut off by the end of the run
        assert (root["name"], root["type"]) == ("locust.request", "http")
        assert tag(root, "span.kind") == "client"
        assert root["resource"].startswith("GET /")
        assert tag(root, "http.response.status_code") in ("200", "404")
        assert not root.get("error")
        (served,) = [
            span
            for span in trace.named("flask.request")
            if span.get("parent_id") == root["span_id"]
        ]
        assert served["service"] == "web"
    services = Counter(span["service"] for trace in traces for span in trace.spans)
    assert services.keys() == {"locust", "web", "db", "redis", "taster"}


def test_slow_requests_are_printed_with_their_traces(quiet: Run, pair: Pair) -> None:
    printed = re.findall(
        r"slow: GET /.+? ([\d.]+) s http://ui.example:8080/trace/([0-9a-f]{32})", quiet.output
    )
    assert len(printed) == quiet.counts[1]
    assert all(float(seconds) >= 0.2 for seconds, _ in printed)
    slowest = max(printed, key=lambda request: float(request[0]))[0]
    assert any(f"{slowest} s" in quiet.slowest and trace in quiet.slowest for _, trace in printed)


def test_planted_failures_are_counted_apart_from_real_ones(misbehaving: str, sink: Sink) -> None:
    done = run(misbehaving, sink.url, "-u", "12", "-r", "12", "-t", "4s", "Pairer")
    requests, _, failed, planted = done.counts
    assert done.code == 1, "something did fail"
    assert "(503, planted)" in done.output
    assert "503: Redis does not answer" in done.output
    assert planted > failed > 0
    assert re.search(r"slow on purpose: GET /pair/beer .*\(baked alaska: too slow", done.output)
    assert re.search(r"slow on purpose: GET /pair/beer .*\(bottleneck 9\)", done.output)
    assert re.search(r"failed: GET /pair/beer .*trace/[0-9a-f]{32} \(503: Redis", done.output)
    traces = sink.traces("locust", requests)
    errors = [trace.root for trace in traces if trace.root.get("error")]
    assert {tag(span, "error.message") for span in errors} == {
        "no connection; this is planted",
        "Redis does not answer",
    }
    assert len(traces) in range(requests, requests + 13)


def test_an_app_that_is_away(sink: Sink) -> None:
    nowhere = f"http://127.0.0.1:{any_free()}"
    done = run(nowhere, sink.url, "-u", "2", "-r", "2", "-t", "3s")
    assert done.code == 1
    assert done.counts[0] == done.counts[2] > 0
    assert re.search(
        r"failed: GET /\S+ .*trace/[0-9a-f]{32} \(.*[Cc]onnection refused", done.output
    )
    assert "Traceback" not in done.output
    # The end of the run may cut off one more request per user, which has not failed.
    traces = sink.traces("locust", done.counts[0])
    failed = [trace for trace in traces if trace.root.get("error")]
    assert len(failed) == done.counts[0]


def test_another_machine_is_refused_at_once(sink: Sink) -> None:
    done = run("http://127.0.0.1:9", sink.url, "--host", "http://example.com", "-t", "5s")
    assert done.code == 2
    assert "--allow-host example.com" in done.output
    assert "Traceback" not in done.output


def test_a_missing_collector_and_an_early_end_do_no_harm(misbehaving: str, tmp_path: Path) -> None:
    nowhere = f"http://127.0.0.1:{any_free()}"
    record = tmp_path / "run.json"
    process = subprocess.Popen(
        command("-u", "2", "-r", "2", "--think", "0", "--record", str(record), "Pairer"),
        cwd=ROOT,
        env=environment(misbehaving, nowhere),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    deadline = time.monotonic() + 30
    while not record.exists() or not json.loads(record.read_text())["total"]["requests"]:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=20)
    assert Run(process.returncode, output).counts[0] > 0
    assert "Traceback" not in output
    assert "the run is not stored: no collector answers" in output
    kept = json.loads(record.read_text())
    assert (kept["number"], kept["state"]) == (0, "interrupted")


def test_several_processes_report_together(pair: Pair) -> None:
    options = ("--processes", "2", "-u", "4", "-r", "4", "-t", "4s")
    before = len(pair.sink.traces("locust", 0))
    done = run(pair.web.url, pair.sink.url, *options)
    assert done.code == 0, done.output
    requests = done.counts[0]
    assert re.findall(r"Aggregated +(\d+)", done.output)[0] == str(requests), "as Locust counts"
    assert len(pair.sink.traces("locust", before + requests)) - before >= requests > 4
