"""The rules of sampling over HTTP: for tracers, for the page, for other systems' clients."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest
from flask.testing import FlaskClient

from collector.http.app import Collector
from tests.collector.sampling.traces import request
from tests.collector.stores import Stores
from tests.servers import Server, running
from tests.waiting import wait_until
from tracer import InMemoryWriter, Tracer
from tracer.sampling import remote

RULES: dict[str, Any] = {
    "rules": [{"service": "web", "resource": "GET /pair/*", "rate": 0.25}, {"rate": 0.5}]
}


def test_rules_are_changed_shown_and_given(client: FlaskClient) -> None:
    before = client.get("/sampling/rules")
    assert before.json == {"rules": []}
    changed = client.put("/sampling/rules", json=RULES)
    assert changed.status_code == 200
    assert [row["rate"] for row in changed.json["rules"]] == [0.25, 0.5]
    after = client.get("/sampling/rules")
    assert after.json == RULES
    assert after.headers["ETag"] != before.headers["ETag"]
    same = client.get("/sampling/rules", headers={"If-None-Match": after.headers["ETag"]})
    assert (same.status_code, same.data) == (304, b"")


POLICIES: dict[str, Any] = {
    "wait_s": 0.1,
    "policies": [{"keep": "error"}, {"keep": "error", "name": "never"}],
}


def test_policies_are_changed_and_shown_and_traces_kept_by_them(stores: Stores) -> None:
    with stores.open() as store:
        collector = Collector(store)
        client = collector.app.test_client()
        try:
            changed = client.put("/sampling/policies", json=POLICIES)
            assert changed.status_code == 200, changed.text
            tail = changed.json["tail"]
            assert tail["wait_s"] == 0.1
            assert [row["reason"] for row in tail["policies"]] == ["error", "never"]
            assert [row["never_matches_because_of"] for row in tail["policies"]] == [None, 0]
            collector.tail.add([request(1, error=1), request(2)])
            wait_until(lambda: client.get("/api/sampling/kept").json["buckets"])
            wait_until(lambda: client.get("/api/traces").json["traces"])
            [bucket] = client.get("/api/sampling/kept").json["buckets"]
            assert (bucket["seen"], bucket["kept"]) == (2, {"error": 1})
            assert bucket["bytes"]["error"] > 100
            assert abs(int(bucket["start"]) / 1e9 - time.time()) < 120
            [summary] = client.get("/api/traces").json["traces"]
            assert summary["kept"] == {"reason": "error", "stands_for": 1}
            whole = client.get(f"/api/trace/{summary['trace_id']}").json["summary"]
            assert whole["kept"] == summary["kept"]
            first = client.get("/api/sampling").json["tail"]["policies"][0]
            assert (first["matched"], first["kept"]) == (1, 1)
            assert first["kept_per_second"] > 0
        finally:
            collector.tail.close()
            collector.live.close()


@pytest.mark.parametrize("sent", ["{}x", '{"policies": [{"keep": "sample"}]}', "[]"])
def test_what_are_no_policies_is_refused_and_changes_nothing(
    client: FlaskClient, sent: str
) -> None:
    before = client.get("/api/sampling").json["tail"]
    refused = client.put("/sampling/policies", data=sent)
    assert refused.status_code == 400
    assert refused.json["error"]
    assert client.get("/api/sampling").json["tail"] == before


def test_what_tracers_have_decided_is_shown(client: FlaskClient) -> None:
    client.put("/sampling/rules", json=RULES)
    etag = client.get("/sampling/rules").headers["ETag"]
    decided = [{"matched": 8, "kept": 2}, {"matched": 4, "kept": 1}]
    question = {"service": "web", "etag": etag, "decided": decided}
    answer = client.post("/sampling/rules", json=question, headers={"If-None-Match": etag})
    assert answer.status_code == 304
    rows = client.get("/api/sampling").json["rules"]
    assert [(row["matched"], row["kept"]) for row in rows] == [(8, 2), (4, 1)]
    assert all(row["matched_per_second"] > 0 for row in rows)
    stale = client.post("/sampling/rules", json=question | {"etag": '"another"'})
    assert (stale.status_code, stale.json) == (200, RULES)
    assert client.get("/api/sampling").json["rules"][0]["matched"] == 8


@pytest.mark.parametrize("path", ["rules", "policies"])
def test_only_this_machine_may_change_anything(
    client: FlaskClient, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def status() -> int:
        far = {"REMOTE_ADDR": "::ffff:192.168.1.7"}
        answer = client.put(f"/sampling/{path}", json={}, environ_overrides=far)
        return answer.status_code

    assert status() == 403
    monkeypatch.setenv("SAMPLING_ANYWHERE", "1")
    assert status() == 200


def test_a_rule_that_can_never_match_is_named(client: FlaskClient) -> None:
    rows = client.put("/sampling/rules", json={"rules": [{}, {"service": "web"}]}).json["rules"]
    assert [row["never_matches_because_of"] for row in rows] == [None, 0]


@pytest.mark.parametrize(
    ("method", "body"),
    [
        ("put", b""),
        ("put", b"[]"),
        ("put", b'{"rules": [{"rate": 7}]}'),
        ("put", b"\xff"),
        ("post", b""),
        ("post", b'{"decided": [{"matched": -1, "kept": 0}]}'),
        ("post", b'{"decided": [{"matched": 1e300, "kept": 0}]}'),
    ],
)
def test_what_is_wrong_is_refused_and_changes_nothing(
    method: str, body: bytes, client: FlaskClient
) -> None:
    client.put("/sampling/rules", json=RULES)
    answer = getattr(client, method)("/sampling/rules", data=body)
    assert answer.status_code == 400
    assert answer.json["error"]
    assert client.get("/sampling/rules").json == RULES


def test_too_much_is_refused(client: FlaskClient) -> None:
    assert client.put("/sampling/rules", data=b" " * 300_000).status_code == 413


def test_a_running_app_follows_a_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "INTERVAL_S", 0.1)
    writer = InMemoryWriter()
    tracer = Tracer(writer)

    def kept_of_100() -> int:
        writer.spans.clear()
        for _ in range(100):
            with tracer.trace("root"):
                pass
        return len(writer.spans)

    def comes_to(count: int) -> bool:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            if kept_of_100() == count:
                return True
            time.sleep(0.05)
        return False

    with running("-m", "collector", "--port", "0", env={"DATA_DIR": str(tmp_path)}) as server:
        _put(server, {"rules": [{"rate": 0}]})
        tracer.configure(hostname="127.0.0.1", port=server.port, sampling="remote")
        tracer.writer = writer
        assert comes_to(0)
        _put(server, {"rules": []})
        assert comes_to(100)
        _put(server, {"rules": [{"rate": 0}]})
        assert comes_to(0)
    assert kept_of_100() == 0, "the last rules hold while the collector is away"
    tracer.configure(sampling=1)
    assert os.path.exists(tmp_path / "sampling.json")


def _put(server: Server, rules: dict[str, Any]) -> None:
    from urllib.request import Request, urlopen

    body = msgspec.json.encode(rules)
    with urlopen(Request(f"{server.url}/sampling/rules", body, method="PUT")) as answer:
        assert answer.status == 200
