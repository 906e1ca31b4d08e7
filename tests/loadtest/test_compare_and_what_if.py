"""Compare and what-if against the real app under Locust: what changed, and what would change."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.loadtest.locusts import command, environment
from tests.servers import ROOT, Server, running

ROUTE = {"route_service": "web", "route": "GET /pair/beer"}
TASTE_MS = 50
"""Of each of twelve tastes in a row: large compared with what a busy machine adds to a trace."""

TOLERANCE = 0.1
MIN_TRACES = 22
DEPLOYS = {"usual": TASTE_MS, "halved": TASTE_MS / 2}


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory, redis_url: str) -> Iterator[Server]:
    """A collector with the traces of two deploys, visited by Locust at the same time."""
    data = tmp_path_factory.mktemp("deploys")
    with (
        running("-m", "collector", "--port", "0", env={"DATA_DIR": str(data)}) as server,
        ExitStack() as stack,
    ):
        visits = []
        for deploy, taste in DEPLOYS.items():
            web = stack.enter_context(_deploy(data, redis_url, server, deploy, taste))
            visits.append(_visit(web, server))
        try:
            _wait_for_enough(server, visits)
        finally:
            for visit in visits:
                visit.terminate()  # SIGINT could end any greenlet instead of the run
                visit.communicate(timeout=60)
        yield server


@pytest.fixture(scope="module")
def ask(collector: Server) -> Any:
    def get(path: str, **parameters: Any) -> Any:
        answer = requests.get(f"{collector.url}/api/{path}", params=parameters, timeout=30)
        assert answer.status_code == 200, answer.text
        return answer.json()

    return get


def test_half_a_dial_is_what_compare_blames(ask: Any) -> None:
    comparison = ask("compare", a_q="version:usual", b_q="version:halved", **ROUTE)
    assert comparison["enough"], (comparison["count_a"], comparison["count_b"])
    changed = [shift for shift in comparison["shifts"] if shift["verdict"] == "changed"]
    assert {(shift["service"], shift["name"]) for shift in changed} == {("taster", "palate.taste")}
    saved = -sum(shift["difference"] for shift in changed) / 1e6
    calls = sum(shift["calls_a"] for shift in changed)
    assert saved == pytest.approx(calls * TASTE_MS / 2, rel=TOLERANCE)
    assert {shift["structure"] for shift in changed} == {"same"}
    assert sum(shift["difference"] for shift in comparison["shifts"]) == comparison["difference"]


def test_what_if_predicts_what_turning_the_dial_gives(ask: Any) -> None:
    graph = ask("graph", q="version:usual", by="operation", **ROUTE)
    (taste,) = [node for node in graph["nodes"] if node["name"] == "palate.taste"]
    change = {key: taste[key] for key in ("service", "name", "resource")}
    change |= {"way": "scale", "factor": 0.5}
    what_if = ask("what-if", q="version:usual", change=json.dumps(change), **ROUTE)
    halved = ask("what-if", q="version:halved", **ROUTE)
    assert what_if["predicted"]["p50"] == pytest.approx(halved["measured"]["p50"], rel=TOLERANCE)
    assert what_if["measured"]["p50"] - what_if["predicted"]["p50"] > 10 * TASTE_MS / 2 * 1e6


def test_the_flow_graph_shows_the_combs_and_the_staircase(ask: Any) -> None:
    graph = ask("graph", q="version:usual", by="operation", **ROUTE)
    nodes = {node["key"]: node for node in graph["nodes"]}
    edges = {
        (nodes[edge["called"]]["service"], edge["times"]): edge
        for edge in graph["edges"]
        if edge["times"] > 1
    }
    expected = {("db", 60): "n_plus_one", ("redis", 56): "n_plus_one"}
    for (service, times), kind in expected.items():
        edge = edges[service, times]
        node = nodes[edge["called"]]
        assert edge["way"] == "sequential"
        assert edge["n_plus_one"]
        assert 0.02 < node["critical_share"] < 0.5
        assert [finding["kind"] for finding in node["findings"]] == [kind]
    staircase = next(f for f in graph["findings"] if f["kind"] == "sequential_fan_out")
    tastes = next(edge for edge in graph["edges"] if edge["called"] == staircase["key"])
    assert tastes["times"] == 12
    assert tastes["way"] == "sequential"
    assert staircase["cost"] > 11 * TASTE_MS * 1e6 * 0.9


@contextmanager
def _deploy(
    data: Path, redis_url: str, collector: Server, version: str, taste: float
) -> Iterator[Server]:
    """Run both services under that version; yield web."""
    env = {
        "COLLECTOR_URL": collector.url,
        "REDIS_URL": redis_url,
        "DATA_DIR": str(data),
        "VERSION": version,
        "TASTE_MS": str(taste),
        "THAW_MS": "0",
    }
    with running("services/taster.py", "--port", "0", env=env) as taster:
        env["TASTER_URL"] = taster.url
        with running("services/web.py", "--port", "0", env=env) as web:
            yield web


def _visit(web: Server, collector: Server) -> subprocess.Popen[str]:
    """Start one user who requests nothing but pairings, without a pause."""
    return subprocess.Popen(
        command("-u", "1", "-t", "100s", "--think", "0", "--slow", "60", "Pairer"),
        cwd=ROOT,
        env=environment(web.url, collector.url),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _wait_for_enough(collector: Server, visits: list[subprocess.Popen[str]]) -> None:
    """Wait until each deploy has enough traces for Compare to give a verdict."""
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        time.sleep(0.5)
        for visit in visits:
            assert visit.poll() is None, visit.communicate()[0]
        counts = [_pairings(collector, deploy) for deploy in DEPLOYS]
        if min(counts) >= MIN_TRACES:
            return
    raise AssertionError(f"too few pairings were traced: {counts}")


def _pairings(collector: Server, deploy: str) -> int:
    query = {"q": f'version:{deploy} root.resource:"GET /pair/beer"'}
    answer = requests.get(f"{collector.url}/api/summary", params=query, timeout=10)
    return int(answer.json()["traces"])
