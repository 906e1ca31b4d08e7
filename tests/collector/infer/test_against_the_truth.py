"""What is inferred from the real app's logs and flows, measured by its traces."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from collector.infer.critical_shares import critical_shares
from collector.infer.forest import forest_of
from collector.infer.hypotheses import find_relations
from collector.infer.inference import Inference, infer
from collector.infer.records import Record
from collector.infer.score import Score, score
from collector.infer.truth import Truth
from tests.collector.infer.flow_probe import recorded_flows, require_programs
from tests.collector.infer.nginx import program, running_nginx
from tests.collector.infer.recording import RecordedApp, read_all, recorded_app
from tests.servers import ROOT
from tutor import http

VISITS = 20
VISITS_OF_ONE_USER = 200
QUICK_PATHS = ("/pair/beer?name=ipa", "/beers", "/menu", "/beers", "/donuts", "/menu")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, redis_url: str) -> Iterator[RecordedApp]:
    with recorded_app(tmp_path_factory.mktemp("recorded"), redis_url) as running:
        yield running


def measured(records: list[Record], truth: Truth) -> tuple[Inference, Score]:
    found = infer(records)
    forest = forest_of(found)
    relations = find_relations(forest, found.guessed)
    return found, score(forest, truth, critical_shares(forest, relations))


def edges(found: Inference) -> dict[tuple[str, str], float]:
    return {(edge.caller, edge.called): edge.calls for edge in found.edges}


def servers_of(
    edges_of_map: dict[tuple[str, str], float], truth: Truth
) -> dict[tuple[str, str], float]:
    """The map without what answers no request by HTTP: no log here knows of SQLite and Redis."""
    return {edge: calls for edge, calls in edges_of_map.items() if edge[1] in truth.services}


def without_ids(records: list[Record]) -> list[Record]:
    return [record._replace(request_id="", thread="") for record in records if not record.callee]


def test_with_ids_everything_is_right_whoever_visits(app: RecordedApp) -> None:
    since = time.time_ns()
    truth = app.visit(VISITS, users=4)
    records = [record for record in app.records() if record.start >= since]
    found, result = measured(records, truth)
    for ratio in (result.edges, result.weighted, result.spans):
        assert (ratio.precision, ratio.recall) == (1.0, 1.0)
    assert edges(found) == truth.edges
    assert (result.only_records, result.only_traces) == (0, 0)
    assert result.shares_error is not None
    assert result.shares_error < 0.2


def test_without_ids_one_user_is_enough_to_know_who_calls_whom(app: RecordedApp) -> None:
    since = time.time_ns()
    truth = app.visit(VISITS_OF_ONE_USER, paths=QUICK_PATHS)
    records = [record for record in app.records() if record.start >= since]
    found, result = measured(without_ids(records), truth)
    for ratio in (result.edges, result.weighted, result.spans):
        assert ratio.precision >= 0.95
        assert ratio.recall >= 0.95
    assert not found.guessed


def test_nginx_and_web_give_the_graph_of_the_map(app: RecordedApp, tmp_path: Path) -> None:
    program()
    since = time.time_ns()
    with running_nginx(tmp_path, app.web.url) as (url, log):
        truth = app.visit(VISITS, url=url)
    served = [record for record in app.records() if record.start >= since]
    found, result = measured(read_all(log, app.names) + without_ids(served), truth)
    graph = edges(found)
    assert graph.pop(("nginx", "web")) == VISITS
    assert graph == servers_of(app.map(since), truth) == truth.edges
    assert result.unknown == ("nginx",)
    assert (result.weighted.precision, result.weighted.recall) == (1.0, 1.0)


def test_flows_give_the_graph_of_the_map(app: RecordedApp, tmp_path: Path) -> None:
    require_programs()
    since = time.time_ns()
    with recorded_flows(tmp_path, (app.web.port, app.taster.port)) as csv:
        truth = app.visit(VISITS, keep_connections=False)
    found, _ = measured(read_all(csv, app.names), truth)
    graph = edges(found)
    assert graph.keys() == servers_of(app.map(since), truth).keys() == truth.edges.keys()
    # A busy machine loses packets before softflowd sees them, and with them a connection.
    assert all(0.97 * truth.edges[edge] <= graph[edge] <= truth.edges[edge] for edge in graph)


def test_the_command_prints_the_score_and_stores_what_it_inferred(app: RecordedApp) -> None:
    since = time.time_ns()
    app.visit(VISITS)
    log = app.log.with_name("one.log")
    lines = app.log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join(lines[-150:]) + b"what is this?\n")
    names = [f"--name={address}={name}" for address, name in app.names.items()]
    options = [*names, "--truth", "--store", "--no-ids", "--collector", app.collector.url]
    command = [sys.executable, "-m", "collector.infer", str(log), *options]
    first = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert first.returncode == 1, first.stderr
    assert "1 line was left out" in first.stderr
    assert "line 151" in first.stderr
    assert "web     taster" in first.stdout
    assert "Compared with" in first.stdout
    usual = http.get(f"{app.collector.url}/api/traces?limit=1000&from={since}").json()["matched"]
    assert usual == VISITS
    asked = http.get(f"{app.collector.url}/api/traces?q=inferred:1").json()
    again = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert again.stdout.splitlines()[:-1] == first.stdout.splitlines()[:-1]
    assert http.get(f"{app.collector.url}/api/traces?q=inferred:1").json() == asked
    answer = http.get(f"{app.collector.url}/api/inferred").json()
    assert answer["score"]["edges"] == {
        "precision": 1.0,
        "recall": 1.0,
        "right": 1,
        "claimed": 1,
        "true": 1,
    }
    trace_id = next(trace["trace_id"] for trace in asked["traces"] if trace["spans"] > 20)
    one = http.get(f"{app.collector.url}/api/trace/{trace_id}/inferred").json()
    assert one["wrong"] == 0
    assert one["right"] == len(one["calls"])
    true = http.get(f"{app.collector.url}/api/trace/{one['true_trace_id']}/inferred")
    assert true.status == 404


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["no-such.log"], 3, "no-such.log"),
        (["docs/glossary.md"], 2, "--pattern"),
        (["docs/glossary.md", "--format", "requests"], 2, "no record"),
        (["docs/glossary.md", "--pattern", "{nonsense}"], 2, "nonsense"),
        (["x", "--format", "nonsense"], 2, "invalid choice"),
        (["x", "--name", "nonsense"], 2, "HOST:PORT=NAME"),
    ],
)
def test_what_cannot_be_done_is_said(arguments: list[str], code: int, said: str) -> None:
    command = [sys.executable, "-m", "collector.infer", *arguments]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert ended.returncode == code, ended.stderr
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr
