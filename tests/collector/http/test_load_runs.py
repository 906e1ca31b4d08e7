"""Load runs are stored beside their traces."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from collector.http import load_runs
from collector.http.app import Collector
from collector.load_runs import run_files
from tests.collector.open_files import no_more_open_files
from tests.collector.stores import Stores

TRACE = "0af7651916cd43dd8448eb211c80319c"
RUN: dict[str, Any] = {
    "began": "1763640000000000000",
    "state": "finished",
    "seconds": 12.0,
    "load": {"mode": "open", "shape": "steps", "users": 8, "rate": 10.0, "run_time": 12},
    "deploys": [{"version": "step-10", "traces": 40}],
    "dials": {
        "TASTE_MS": {"value": 5, "default": 25},
        "PALATES": {"value": 1, "default": 1},
    },
    "total": {"requests": 40, "throughput": 3.3, "p50": 1e6, "percentiles": [[50, 1e6]]},
    "levels": [{"users": 2, "seconds": 3, "throughput": 1.5, "p50": 1e6, "p95": 2e6}],
    "slowest": [
        {"trace_id": TRACE, "name": "/menu", "start": "1763640000000000001", "duration": 5}
    ],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "runs"


@pytest.fixture
def client(stores: Stores, folder: Path) -> Iterator[FlaskClient]:
    with stores.open() as store:
        collector = Collector(store, runs=folder)
        yield collector.app.test_client()
        collector.live.close()


def test_runs_are_plain_files(client: FlaskClient, folder: Path) -> None:
    for _ in range(2):
        client.post("/api/runs", json=RUN)
    assert sorted(path.name for path in folder.iterdir()) == ["1.json", "2.json"]
    assert json.loads((folder / "2.json").read_text())["levels"][0]["throughput"] == 1.5


def test_runs_are_numbered(client: FlaskClient) -> None:
    answers = [client.post("/api/runs", json=RUN) for _ in range(2)]
    assert [(answer.status_code, answer.json) for answer in answers] == [
        (201, {"number": 1}),
        (201, {"number": 2}),
    ]
    run = client.get("/api/runs/2").json
    assert (run["number"], run["slowest"][0]["trace_id"]) == (2, TRACE)
    assert run["turned"] == {"TASTE_MS": 5}


def test_a_list_is_brief_and_begins_with_the_newest(client: FlaskClient) -> None:
    for _ in range(2):
        client.post("/api/runs", json=RUN)
    newest, oldest = client.get("/api/runs").json["runs"]
    assert (newest["number"], oldest["number"]) == (2, 1)
    assert newest["total"]["requests"] == 40
    assert newest["turned"] == {"TASTE_MS": 5}
    assert "slowest" not in newest
    assert not newest["total"]["percentiles"]


def test_a_run_that_cannot_be_read_for_a_moment_is_not_unknown(client: FlaskClient) -> None:
    client.post("/api/runs", json=RUN)
    with no_more_open_files(left=0):
        answer = client.get("/api/runs/1")
    assert answer.status_code == 503
    assert "Too many open files" in answer.json["error"]
    assert client.get("/api/runs/1").status_code == 200


def test_a_run_grows_while_it_goes_on(client: FlaskClient) -> None:
    client.post("/api/runs", json=RUN | {"state": "running"})
    grown = json.dumps(RUN | {"number": 9, "seconds": 30}).encode()
    answer = client.put(
        "/api/runs/1", data=gzip.compress(grown), headers={"Content-Encoding": "gzip"}
    )
    assert answer.json == {"number": 1}
    run = client.get("/api/runs/1").json
    assert (run["number"], run["seconds"], run["state"]) == (1, 30, "finished")


@pytest.mark.parametrize("method", ["get", "put"])
def test_an_unknown_run(client: FlaskClient, method: str) -> None:
    answer = client.open("/api/runs/7", method=method, json=RUN if method == "put" else None)
    assert answer.status_code == 404
    assert "there is no run 7" in answer.json["error"]


BAD_RECORDS = [
    (b"", 400),
    (b"[]", 400),
    (b"\xff\xfe", 400),
    (b'{"began": "now"}', 400),
    (b'{"began": "1", "state": "burnt"}', 400),
    (b'{"began": "1", "slowest": [{"trace_id": "<script>"}]}', 400),
    (b'{"began": "1", "total": {"p50": -1}}', 400),
    (b'{"began": "1", "total": {"p50": 1e400}}', 400),
    (b'{"began": "1", "note": "' + b"x" * 3000 + b'"}', 400),
    (b" " * (load_runs.MAX_RECORD_BYTES + 1), 413),
]


@pytest.mark.parametrize(("body", "status"), BAD_RECORDS)
def test_what_is_not_a_run_is_refused_with_a_reason(
    client: FlaskClient, body: bytes, status: int
) -> None:
    answer = client.post("/api/runs", data=body)
    assert answer.status_code == status, answer.text
    assert "record of a run" in answer.json["error"]
    assert client.get("/api/runs").json == {"runs": []}


def test_the_oldest_runs_make_room(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_files, "MAX_RUNS", 2)
    for _ in range(4):
        client.post("/api/runs", json=RUN)
    assert [run["number"] for run in client.get("/api/runs").json["runs"]] == [4, 3]


def test_a_file_that_was_tampered_with_is_left_out(client: FlaskClient, folder: Path) -> None:
    for _ in range(2):
        client.post("/api/runs", json=RUN)
    (folder / "1.json").write_text("{")
    (folder / "notes.json").write_text("mine")
    assert [run["number"] for run in client.get("/api/runs").json["runs"]] == [2]
    assert client.get("/api/runs/1").status_code == 404


def test_a_folder_that_cannot_be_written_to(client: FlaskClient, folder: Path) -> None:
    folder.write_text("in the way")
    answer = client.post("/api/runs", json=RUN)
    assert answer.status_code == 503
    assert "could not be stored" in answer.json["error"]
