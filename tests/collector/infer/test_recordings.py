"""Logs and flows of the real app, as the programs that people have write them."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from collector.infer.records import Record
from collector.infer.truth import Truth
from tests.collector.infer.flow_probe import recorded_flows, require_programs
from tests.collector.infer.nginx import program, running_nginx
from tests.collector.infer.recording import QUICK, RecordedApp, read_all, recorded_app
from tests.servers import running

VISITS = 20
TASTES = 12


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, redis_url: str) -> Iterator[RecordedApp]:
    with recorded_app(tmp_path_factory.mktemp("recorded"), redis_url) as running:
        yield running


def counted(records: list[Record]) -> Counter[tuple[str, str]]:
    return Counter((record.service, record.name) for record in records if not record.callee)


def requests_of(truth: Truth) -> Counter[tuple[str, str]]:
    return counted(truth.requests)


def test_the_request_log_has_all_that_the_traces_have(app: RecordedApp) -> None:
    since = time.time_ns()
    truth = app.visit(VISITS, users=3)
    records = [record for record in app.records() if record.start >= since]
    assert counted(records) == requests_of(truth)
    assert truth.edges == {("web", "taster"): 3 / 5 * VISITS * TASTES}
    assert app.map(since)["web", "taster"] == truth.edges["web", "taster"]
    calls = Counter((record.service, record.callee) for record in records if record.callee)
    assert calls == truth.edges


def test_nginx_says_which_request_it_was_and_who_was_asked(
    app: RecordedApp, tmp_path: Path
) -> None:
    program()
    since = time.time_ns()
    with running_nginx(tmp_path, app.web.url) as (url, log):
        truth = app.visit(VISITS, users=3, url=url)
    proxied = read_all(log, app.names)
    served = [record for record in app.records() if record.start >= since]
    assert len(proxied) == VISITS
    assert len(truth.requests) == len([record for record in served if not record.callee])
    web = {record.request_id: record for record in served if record.service == "web"}
    for record in proxied:
        (upstream,) = record.upstream
        assert upstream.address == "web"
        assert record.name == web[record.request_id].name
    ids = {record.request_id for record in proxied}
    assert {record.request_id for record in served if record.service == "taster"} <= ids


def test_nginx_names_an_upstream_that_failed_before_another_one(
    app: RecordedApp, tmp_path: Path, closed_port: int
) -> None:
    program()
    failing = f"127.0.0.1:{closed_port}"
    with running_nginx(tmp_path, app.web.url, failing) as (url, log):
        app.visit(1, paths=["/beers"], url=url)
    (record,) = read_all(log, app.names)
    assert [upstream.address for upstream in record.upstream] == [failing, "web"]


def test_flows_show_each_connection(app: RecordedApp, tmp_path: Path) -> None:
    require_programs()
    with recorded_flows(tmp_path, (app.web.port, app.taster.port)) as csv:
        truth = app.visit(VISITS, users=2, keep_connections=False)
    flows = read_all(csv, app.names)
    requests = Counter(record.service for record in truth.requests)
    assert Counter(flow.service for flow in flows) == requests
    assert {flow.caller for flow in flows} == {""}
    for service in requests:
        first = min(r.start for r in truth.requests if r.service == service)
        last = max(r.end for r in truth.requests if r.service == service)
        seen = [flow for flow in flows if flow.service == service]
        assert min(flow.start for flow in seen) <= first + 2_000_000
        assert max(flow.end for flow in seen) >= last - 2_000_000


@pytest.mark.parametrize(
    ("step", "labels", "services", "ids"),
    [
        ("03-drill-down", set(), {"timing"}, 0),
        ("04-correlation-id", {"taste_one"}, {"web", "taster"}, 2),
    ],
)
def test_each_line_of_the_lessons_timing_logs_is_a_record(
    step: str, labels: set[str], services: set[str], ids: int, tmp_path: Path, redis_url: str
) -> None:
    env = {**QUICK, "DATA_DIR": str(tmp_path), "LOG_DIR": str(tmp_path), "REDIS_URL": redis_url}
    before = time.time_ns()
    with running(f"steps/{step}/taster.py", "--port", "0", env=env) as taster:
        env["TASTER_URL"] = taster.url
        with running(f"steps/{step}/web.py", "--port", "0", env=env) as web:
            for beer in ("ipa", "stout"):
                assert requests.get(f"{web.url}/pair/beer?name={beer}", timeout=60).ok
    records = read_all(tmp_path / "timing.log", {})
    assert {record.name for record in records} == labels | {
        "pair",
        "beer.query",
        "donuts.query",
        "match",
    }
    assert {record.service for record in records} == services
    assert len({record.request_id for record in records} - {""}) == ids
    for record in records:
        assert before - record.resolution <= record.start <= record.end <= time.time_ns()
