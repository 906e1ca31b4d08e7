"""The Load screen as a browser without scripts sees it."""

from __future__ import annotations

import json
import re
import time
import urllib.request
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.servers import Server
from tests.ui.conftest import reader

TRACE = "0af7651916cd43dd8448eb211c80319c"
EVIL = '</title><script>alert("x")</script>'


def run(users: int = 8, version: str = "step-10", **more: Any) -> dict[str, Any]:
    """Return the record of a run in steps up to `users` users."""
    levels = [
        {
            "users": at,
            "seconds": 3,
            "requests": 9 * at,
            "throughput": 3.0 * at,
            "p50": 1e8 * at,
            "p95": 2e8 * at,
        }
        for at in range(1, users + 1)
    ]
    routes = [
        {
            "name": name,
            "requests": 60,
            "failed": 1,
            "throughput": 5.0,
            "p50": p50,
            "p95": 2 * p50,
            "p99": 3 * p50,
            "mean": p50,
            "max": 4 * p50,
            "percentiles": [[1, p50 / 2], [50, p50], [99, 3 * p50]],
        }
        for name, p50 in (("", 2e8), ("/pair/beer", 3e8), ("/menu", 1e8))
    ]
    sample = {"trace_id": TRACE, "name": "/pair/beer", "start": "1763640000000000000"}
    sample |= {"duration": 9e8, "waited": 4e8}
    return {
        "began": "1763640000000000000",
        "state": "finished",
        "seconds": 24,
        "load": {"shape": "steps", "users": users, "think": 0, "run_time": 24},
        "deploys": [{"version": version, "traces": 40}],
        "dials": {"TASTE_MS": {"value": 5, "default": 25}},
        "total": routes[0],
        "routes": routes[1:],
        "levels": levels,
        "timeline": [
            {"second": at, "users": 1 + at // 3, "requests": 5, "p50": 1e8, "p95": 2e8}
            for at in range(24)
        ],
        "slowest": [sample],
        "failed": [sample | {"error": f"503: {EVIL}"}],
        "errors": [{"name": "/pair/beer", "error": EVIL, "count": 2, "trace_id": TRACE}],
        "how": {"levels": "in whole seconds"},
    } | more


def keep(collector: str, record: dict[str, Any]) -> int:
    """Store a run and return its number."""
    request = urllib.request.Request(
        f"{collector}/api/runs", json.dumps(record).encode(), method="POST"
    )
    with urllib.request.urlopen(request, timeout=9) as answer:
        return int(json.load(answer)["number"])


@pytest.fixture(scope="module")
def numbers(stored: Server) -> list[int]:
    """Store three runs and return their numbers."""
    records = [run(), run(4, "step-12", note=EVIL), run(1, state="running")]
    return [keep(stored.url, record) for record in records]


def test_the_newest_run_is_shown_and_all_are_listed(client: FlaskClient, numbers) -> None:
    text = client.get("/load").text
    assert [int(n) for n in re.findall(r'name="run" value="(\d+)"', text)] == numbers[::-1]
    assert re.findall(r'value="(\d+)" aria-label="Show run \d+" checked', text) == [
        str(numbers[-1])
    ]
    assert "step-12" in text
    assert "TASTE_MS = 5" in text


def test_chosen_runs_are_compared(client: FlaskClient, numbers) -> None:
    first, second, _ = numbers
    text = client.get(f"/load?run={first}&run={second}").text
    assert f"Runs {first}, {second}" in text
    assert re.findall(r"<h2>(.*?)</h2>", text)[:3] == [
        "Throughput by number of visitors",
        "p50 and p95 by number of visitors",
        "Percentiles of all requests",
    ]
    throughput = text[text.index("Throughput by number of visitors") :].split("</svg>")[0]
    assert throughput.count('class="line"') == 2 + 2, "and a key for each"
    assert throughput.count('class="mark') == 8 + 4
    assert "24/s at 8" in throughput
    assert "in whole seconds" in text


def test_one_route_of_all_runs(client: FlaskClient, numbers) -> None:
    text = client.get(f"/load?run={numbers[0]}&route=/menu").text
    assert "Percentiles of /menu" in text
    assert "Throughput by number of visitors" not in text
    assert "Percentiles of all requests" in client.get("/load?route=/nowhere").text


def test_a_run_has_its_slowest_requests_with_their_traces(client: FlaskClient, numbers) -> None:
    text = client.get(f"/load/{numbers[0]}").text
    assert f'href="/trace/{TRACE}"' in text
    assert "900 ms" in text
    assert "400 ms" in text
    assert f'href="/?q=load.run%3A{numbers[0]}"' in text


def test_the_report_needs_nothing_else(client: FlaskClient, numbers) -> None:
    answer = client.get(f"/load/{numbers[0]}/report")
    assert f'href="http://localhost/trace/{TRACE}"' in answer.text
    assert "<svg" in answer.text
    assert not re.search(r"<script|<link|@import|url\(|src=", answer.text)
    assert "script-src" not in answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/load", "/load/{}", "/load/{}/report"])
def test_what_a_run_says_stays_text(client: FlaskClient, numbers, path: str) -> None:
    for number in numbers:
        text = client.get(path.format(number)).text
        assert "<script>alert" not in text
        assert not re.search(r'\sstyle="', text)


def test_a_run_that_was_never_ended_is_lost(stored: Server, client: FlaskClient, numbers) -> None:
    assert 'class="load-state lost"' in client.get(f"/load/{numbers[-1]}").text
    now = keep(stored.url, run(1, state="running", began=str(time.time_ns())))
    assert 'class="load-state running"' in client.get(f"/load/{now}").text


@pytest.mark.parametrize("path", ["/load/999", "/load/999/report"])
def test_a_run_that_does_not_exist(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404
    assert "There is no run 999" in client.get("/load?run=999").text


def test_a_collector_that_is_down(alone: FlaskClient) -> None:
    assert alone.get("/load").status_code == 503


def test_no_runs_yet(collector_server: Server) -> None:
    text = reader(collector_server.url).get("/load").text
    assert "./workshop load" in text
