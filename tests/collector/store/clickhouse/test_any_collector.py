"""Any collector answers any question alike: what pages change holds in all, all audit what any of
them takes in, and runs are numbered once."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from collector.http.app import Collector
from collector.load_runs.record import Run
from collector.model import Chunk, Span
from collector.store.clickhouse.shards import ClickHouseShards
from collector.store.settings import SettingError
from tests.collector.clickhouse_server import Server
from tests.waiting import wait_until

RULES = {"rules": [{"service": "web", "rate": 0.25}]}
POLICIES = {"wait_s": 60, "policies": [{"keep": "error"}]}
RUN = {"began": "1763640000000000000", "note": "first"}


@pytest.fixture
def collectors(
    clickhouses: list[Server],
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[list[Collector]]:
    """Two collectors of two ClickHouses, which ask them for news each time."""
    monkeypatch.setattr("collector.store.clickhouse.settings.REFRESH_S", 0.0)
    database = clickhouses[0].address().database
    addresses = [server.address(database) for server in clickhouses]
    stores = [ClickHouseShards(addresses, tmp_path_factory.mktemp("own")) for _ in range(2)]
    running = [Collector(store) for store in stores]
    yield running
    for collector, store in zip(running, stores, strict=True):
        collector.live.close()
        collector.auditor.close()
        collector.tail.close()
        store.close()


@pytest.fixture
def clients(collectors: list[Collector]) -> list[FlaskClient]:
    return [collector.app.test_client() for collector in collectors]


def test_rules_of_sampling_hold_in_all(clients: list[FlaskClient]) -> None:
    here, there = clients
    before = there.get("/sampling/rules").headers["ETag"]
    assert here.put("/sampling/rules", json=RULES).status_code == 200
    asked = there.get("/sampling/rules", headers={"If-None-Match": before})
    assert (asked.status_code, asked.json) == (200, RULES)
    assert here.get("/sampling/rules").headers["ETag"] == asked.headers["ETag"]
    there.put("/sampling/rules", json={"rules": []})
    assert here.get("/sampling/rules").json == {"rules": []}


def test_tail_sampling_is_turned_on_and_off_for_all(
    clients: list[FlaskClient], collectors: list[Collector], monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = clients
    span = Span(1, 0, "web", "op", "GET /", "http", 10**18, 5)
    assert here.put("/sampling/policies", json=POLICIES).status_code == 200
    assert there.get("/api/sampling").json["tail"]["wait_s"] == 60
    collectors[1].tail.add([Chunk(f"{1:032x}", [span])])
    assert collectors[1].tail.holds(f"{1:032x}")
    monkeypatch.setattr("collector.sampling.tail.AFTERMATH_S", 0.0)
    here.put("/sampling/policies", json={"wait_s": 0})
    collectors[1].tail.add([Chunk(f"{2:032x}", [span])])
    wait_until(lambda: there.get("/api/traces").json["matched"] == 2)


def test_why_a_trace_was_kept_is_known_to_all(
    clients: list[FlaskClient], collectors: list[Collector]
) -> None:
    here, there = clients
    policies = [{"keep": "error"}, {"keep": "sample", "rate": 0.5}]
    here.put("/sampling/policies", json={"wait_s": 0.1, "policies": policies})
    for number in range(1, 21):
        span = Span(1, 0, "web", "op", "GET /", "http", 10**18, 5, int(number == 1))
        collectors[0].tail.add([Chunk(f"{number:032x}", [span])])
    wait_until(lambda: not here.get("/api/sampling").json["tail"]["held"]["traces"])
    wait_until(lambda: here.get("/api/traces").json["matched"] > 1)
    listed = [client.get("/api/traces").json["traces"] for client in clients]
    assert listed[0] == listed[1]
    kept = {trace["trace_id"]: trace["kept"] for trace in listed[1]}
    assert kept.pop(f"{1:032x}") == {"reason": "error", "stands_for": 1}
    assert all(why == {"reason": "sample", "stands_for": 2} for why in kept.values())
    assert there.get("/api/sampling").json["counts_of"] == "this collector"


def test_rules_of_the_audit_hold_in_all(clients: list[FlaskClient]) -> None:
    here, there = clients
    assert here.put("/api/audit/rules", data=b"never web calls db\n").status_code == 200
    assert there.get("/api/audit/rules").text == "never web calls db\n"
    answers = [client.get("/api/audit").json for client in clients]
    assert [len(answer["rules"]) for answer in answers] == [1, 1]
    assert answers[0]["version"] == answers[1]["version"]


def test_what_one_takes_in_all_audit(
    clients: list[FlaskClient], collectors: list[Collector], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collector.audit.auditor.ARRIVALS_S", 0.0)
    here, there = clients
    here.put("/api/audit/rules", data=b"never web calls db\n")
    there.get("/api/audit")
    auditors = [collector.auditor for collector in collectors]
    wait_until(lambda: not any(auditor.reads_stored for auditor in auditors))
    call = {"span.kind": "client"}
    for number, collector in enumerate(collectors, 1):
        spans = [
            Span(1, 0, "web", "op", "GET /", "http", 10**18, 5),
            Span(2, 1, "db", "query", "SELECT", "sql", 10**18, 5, 0, call),
        ]
        collector.tail.add([Chunk(f"{number:032x}", spans)])
    for auditor in auditors:
        wait_until(lambda auditor=auditor: auditor.tally.traces == 2)
    for client in clients:
        assert client.get("/api/audit").json["violations"] == 2


def test_what_could_not_be_read_is_audited_once_it_can(
    clickhouses: list[Server],
    collectors: list[Collector],
    clients: list[FlaskClient],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("collector.store.clickhouse.shards._PROBE_S", 0.0)
    monkeypatch.setattr("collector.store.clickhouse.shards._PROBE_AGAIN_S", 0.1)
    span = Span(1, 0, "web", "op", "GET /", "http", 10**18, 5)
    collectors[0].tail.add([Chunk(f"{number:032x}", [span]) for number in range(1, 21)])
    auditor = collectors[0].auditor
    clickhouses[1].stop()
    try:
        clients[0].put("/api/audit/rules", data=b"never web calls db\n")
        wait_until(lambda: auditor.tally.traces > 0)
        assert auditor.tally.traces < 20
        assert auditor.reads_stored
    finally:
        clickhouses[1].start()
    wait_until(lambda: not auditor.reads_stored)
    assert auditor.tally.traces == 20


def test_a_setting_outlasts_a_server_that_is_down(
    clickhouses: list[Server], collectors: list[Collector], clients: list[FlaskClient]
) -> None:
    here, there = clients
    clickhouses[0].stop()
    try:
        assert here.put("/sampling/rules", json=RULES).status_code == 200
        assert there.get("/sampling/rules").json == RULES
        refused = here.post("/api/runs", json=RUN)
        assert refused.status_code == 503
        assert "the run could not be stored: " in refused.json["error"]
    finally:
        clickhouses[0].start()
    assert there.get("/sampling/rules").json == RULES


def test_a_setting_that_no_server_takes_does_not_hold(
    clickhouse: Server, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = ClickHouseShards([clickhouse.address()], tmp_path_factory.mktemp("own"))
    setting = store.setting("sampling.json", store.folder)
    setting.write("größe 🍩".encode())
    clickhouse.stop()
    try:
        with pytest.raises(SettingError, match="cannot be reached"):
            setting.write(b"another")
        with pytest.raises(SettingError, match="cannot be reached"):
            setting.read()
    finally:
        clickhouse.start()
    assert setting.read() == "größe 🍩".encode()
    store.close()


def test_all_know_all_runs(clients: list[FlaskClient]) -> None:
    here, there = clients
    assert here.post("/api/runs", json=RUN).json == {"number": 1}
    assert there.post("/api/runs", json=RUN | {"note": "second"}).json == {"number": 2}
    assert there.put("/api/runs/1", json=RUN | {"note": "grown"}).status_code == 200
    for client in clients:
        assert [run["note"] for run in client.get("/api/runs").json["runs"]] == ["second", "grown"]
        assert client.get("/api/runs/1").json["note"] == "grown"


def test_runs_that_are_stored_at_once_get_a_number_each(collectors: list[Collector]) -> None:
    numbers: list[int] = []

    def add(collector: Collector) -> None:
        runs = collector._store.runs(collector._store.folder)
        numbers.extend(runs.add(Run(began="1")) for _ in range(5))

    threads = [threading.Thread(target=add, args=(each,)) for each in (*collectors, *collectors)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(numbers) == len(set(numbers)) == 20
