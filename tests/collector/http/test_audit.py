"""The routes of the audit, and the thread behind them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask.testing import FlaskClient

from collector.audit.rules import MAX_BYTES
from collector.http.app import Collector
from collector.store.trace_store import TraceStore
from tests.collector.audit.app_traces import RULES, back_door, intruder, pairing, whole
from tests.collector.conftest import fewer
from tests.collector.stores import Stores
from tests.waiting import wait_until

CLEAN_TRACES = 10_000


class Audited:
    """A collector with an audit, and a client of it."""

    def __init__(self, store: TraceStore, rules: str) -> None:
        self.store = store
        self.collector = Collector(store, audit_rules=rules)
        self.client: FlaskClient = self.collector.app.test_client()

    def answer(self) -> dict[str, Any]:
        """Return the audit's answer once everything is checked."""

        spans = self.store.totals().spans
        auditor = self.collector.auditor  # to ask over HTTP would keep it from what is stored
        wait_until(lambda: not auditor.reads_stored and auditor.tally.spans >= spans)
        return dict(self.client.get("/api/audit").json)

    def put(self, rules: str, **options: Any) -> Any:
        """Have the collector check by other rules."""
        return self.client.put("/api/audit/rules", data=rules.encode(), **options)


@contextmanager
def audited(stores: Stores, rules: str = RULES) -> Iterator[Audited]:
    """Run a collector that checks by some rules until the block ends."""
    with stores.open() as store:
        running = Audited(store, rules)
        try:
            yield running
        finally:
            running.collector.auditor.close()
            running.collector.live.close()


@pytest.fixture
def audit(stores: Stores) -> Iterator[Audited]:
    with audited(stores) as running:
        yield running


def test_it_is_quiet_on_clean_traces_and_finds_the_one_intruder(
    audit: Audited, store_kind: str
) -> None:
    clean_traces = fewer(store_kind, CLEAN_TRACES)
    in_pieces = range(1_000)
    for arrivals in zip(*map(pairing, in_pieces), strict=True):  # all first chunks, then the others
        audit.store.add(list(arrivals))
    for first in range(len(in_pieces), clean_traces, 1_000):
        audit.store.add([whole(pairing(trace)) for trace in range(first, first + 1_000)])
    answer = audit.answer()
    assert (answer["violations"], answer["unknown_callers"]) == (0, 0)
    assert answer["checked"]["traces"] == clean_traces
    assert answer["checked"]["missed"] == 0
    [edge] = [edge for edge in answer["edges"] if edge["called"] == "taster"]
    assert (edge["verdict"], edge["calls"]) == ("allowed", clean_traces)

    audit.store.add([intruder(clean_traces)])
    wait_until(lambda: audit.client.get("/api/audit").json["violations"])
    [found] = audit.client.get("/api/audit").json["rules"][0]["evidence"]
    assert found["trace_id"] == f"{clean_traces:032x}"


def test_what_is_found_comes_with_evidence_by_rule_and_by_edge(audit: Audited) -> None:
    audit.store.add([*pairing(1), intruder(2), back_door(3)])
    answer = audit.answer()
    assert (answer["violations"], answer["from_outside"]) == (2, 1)
    rule = answer["rules"][0]
    assert (rule["rule"], rule["line"], rule["violations"]) == ("only web may call taster", 1, 2)
    subjects = {found["subject"]: found for found in rule["evidence"]}
    assert subjects.keys() == {"menu-printer", None}
    assert subjects["menu-printer"]["span_id"] == f"{3:016x}"
    verdicts = [(edge["caller"], edge["called"], edge["verdict"]) for edge in answer["edges"]]
    assert sorted(verdicts[:2], key=str) == [
        ("menu-printer", "taster", "forbidden"),
        (None, "taster", "forbidden"),
    ]
    assert set(verdicts[2:]) == {
        ("web", "taster", "allowed"), ("web", "db", "allowed"), ("web", "redis", "allowed"),
    }  # fmt: skip
    of_trace = audit.client.get(f"/api/trace/{2:032x}/audit").json
    assert [found["object"] for found in of_trace["violations"]] == ["taster"]
    assert audit.client.get(f"/api/trace/{1:032x}/audit").json["violations"] == []


def test_other_rules_check_what_is_stored_already(audit: Audited) -> None:
    audit.store.add([*pairing(1), intruder(2)])
    assert audit.put("never web calls redis\nlocust may call taster\n").status_code == 200
    answer = audit.answer()
    assert [rule["violations"] for rule in answer["rules"]] == [1, 0]
    assert [edge["verdict"] for edge in answer["edges"]] == ["forbidden", "never_seen"]
    assert audit.client.get("/api/audit/rules").text.startswith("never web calls redis\n")


def test_rules_outlast_the_collector_and_those_it_begins_with(stores: Stores) -> None:
    with audited(stores) as one:
        one.put("never web calls db\n")
    with audited(stores) as other:
        assert other.client.get("/api/audit/rules").text == "never web calls db\n"


def test_broken_rules_are_named(stores: Stores) -> None:
    with stores.open() as store:
        store.setting("audit.rules", store.folder).write(b"only web\n")
    with audited(stores) as running:
        answer = running.client.get("/api/audit").json
        assert "the audit's rules in audit.rules do not hold: line 1" in answer["problem"]
        assert len(answer["rules"]) == 3, "those it begins with do"


def test_a_check_by_other_rules_changes_nothing(audit: Audited) -> None:
    audit.store.add([intruder(1)])
    checked = audit.client.post("/api/audit", data=b"never web calls menu-printer").json
    assert checked["violations"] == 1
    assert checked["checked"]["all"] is True
    assert audit.client.get("/api/audit/rules").text == RULES


def test_learned_rules_are_those_that_hold(audit: Audited) -> None:
    audit.store.add([*pairing(1), back_door(2)])
    text = audit.client.get("/api/audit/learned").text
    rules = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert rules == [
        "only web may call db",
        "only web may call redis",
        "only outside, web may call taster",
        "only locust may call web",
    ]


@pytest.mark.parametrize(
    ("rules", "status", "message"),
    [
        (b"only web may", 400, "line 1: "),
        (b"\xff", 400, "UTF-8"),
        (b"#" * (MAX_BYTES + 1), 413, "must not be larger than 65,536 bytes"),
    ],
)
def test_rules_that_are_none_are_refused(
    audit: Audited, rules: bytes, status: int, message: str
) -> None:
    for answer in (
        audit.client.put("/api/audit/rules", data=rules),
        audit.client.post("/api/audit", data=rules),
    ):
        assert answer.status_code == status
        assert message in answer.json["error"]
    assert audit.client.get("/api/audit/rules").text == RULES


def test_other_machines_may_not_change_the_rules(audit: Audited) -> None:
    answer = audit.put("", environ_base={"REMOTE_ADDR": "10.0.0.9"})
    assert answer.status_code == 403
    assert "the audit's rules can only be changed from this machine" in answer.json["error"]


def test_without_rules_nothing_is_noted(stores: Stores) -> None:
    with audited(stores, "") as running:
        running.store.add([intruder(1)])
        answer = running.client.get("/api/audit").json
        assert (answer["rules"], answer["checked"]["traces"]) == ([], 0)
        assert running.collector.auditor.waiting == 0
