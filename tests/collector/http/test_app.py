"""The API answers as docs/api.md says."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from collector.http import trace_json
from collector.model import Chunk, Event, Link, Span
from collector.store.trace_store import TraceStore

Get = Callable[..., Any]
T0 = 1_700_000_000_000_000_000


@pytest.fixture(scope="module", autouse=True)
def traces(store: TraceStore) -> None:
    """A request over two services, one whose root was not received, and one with an error."""
    store.add(
        [
            Chunk(
                "a" * 32,
                [
                    _span(1, 0, "locust", "locust.request", 0, 100, "http", kind="client"),
                    _span(2, 1, "web", "flask.request", 10, 80, "http", status=200, version="s-10"),
                    _span(3, 2, "db", "sqlalchemy.query", 20, 10, "sql"),
                    _span(4, 2, "db", "sqlalchemy.query", 40, 20, "sql"),
                ],
            ),
            Chunk("b" * 32, [_span(7, 6, "web", "flask.request", 1000, 5, "http")]),
            Chunk("c" * 32, [_span(8, 0, "web", "job", 2000, 7, "", error=1)]),
        ]
    )


def _span(
    span_id: int,
    parent: int,
    service: str,
    name: str,
    start: int,
    duration: int,
    type_: str,
    error: int = 0,
    kind: str = "",
    status: int = 0,
    version: str = "",
) -> Span:
    tags = {"span.kind": kind, "http.response.status_code": status, "version": version}
    kept = {key: value for key, value in tags.items() if value}
    return Span(
        span_id, parent, service, name, f"{name} res", type_, T0 + start, duration, error, kept
    )


def test_services_have_colours_and_kinds(get: Get) -> None:
    services = {service["name"]: service for service in get("/api/services")["services"]}
    assert sorted(service["color"] for service in services.values()) == [0, 1, 2]
    assert services["locust"]["kind"] == "client"
    assert services["web"]["kind"] == "service"
    assert services["db"]["kind"] == "datastore"
    assert services["web"]["last_seen"] == str(T0 + 2007)


def test_operations_count_traces_and_name_resources(get: Get) -> None:
    assert get("/api/operations", service="db")["operations"] == [
        {
            "service": "db",
            "name": "sqlalchemy.query",
            "type": "sql",
            "traces": 1,
            "resources": ["sqlalchemy.query res"],
        }
    ]
    everything = get("/api/operations")["operations"]
    counts = {(each["service"], each["name"]): each["traces"] for each in everything}
    assert counts[("web", "flask.request")] == 2
    assert get("/api/operations", service="nobody")["operations"] == []


def test_a_summary_describes_the_root(get: Get) -> None:
    page = get("/api/traces")
    assert [trace["trace_id"][0] for trace in page["traces"]] == ["c", "b", "a"]
    assert (page["next"], page["matched"], page["matched_exact"]) == (None, 3, True)
    assert page["traces"][2] == {
        "trace_id": "a" * 32,
        "start": str(T0),
        "duration": 100,
        "timed": True,
        "service": "locust",
        "name": "locust.request",
        "resource": "locust.request res",
        "status": "",
        "kept": None,
        "root_received": True,
        "spans": 4,
        "errors": 0,
        "services": {"locust": 1, "web": 1, "db": 2},
        "services_left_out": 0,
        "version": "s-10",
    }
    assert page["traces"][1]["root_received"] is False
    assert page["traces"][1]["name"] == "flask.request"
    assert page["traces"][0]["errors"] == 1


def test_the_range_holds_its_begin_and_not_its_end(get: Get) -> None:
    def found(**parameters: int) -> str:
        page = get("/api/traces", **{key.strip("_"): value for key, value in parameters.items()})
        assert page["matched"] == len(page["traces"])
        return "".join(trace["trace_id"][0] for trace in page["traces"])

    assert found(from_=T0 + 1000) == "cb"
    assert found(from_=T0 + 1001) == "c"
    assert found(to=T0 + 1000) == "a"
    assert found(from_=T0 + 1, to=T0 + 2001) == "cb"


def test_the_overview(get: Get) -> None:
    assert get("/api/summary", q="service:web") == {
        "traces": 3,
        "spans": 6,
        "errors": 1,
        "p50": 7,
        "p95": 100,
        "p99": 100,
        "max": 100,
        "slowest": "a" * 32,
        "exact": True,
        "how": "nearest rank over the durations of 3 traces as stored: each counts once, however"
        " few of its kind were kept",
    }
    assert get("/api/summary", q="service:nobody")["slowest"] is None


def test_a_trace_comes_as_columns(get: Get) -> None:
    trace = get("/api/trace/" + "a" * 32)
    columns, strings = trace["columns"], trace["strings"]
    assert (trace["t0"], trace["duration"], trace["spans"]) == (str(T0), 100, 4)
    assert trace["complete"] is True
    assert columns["id"] == [f"{number:016x}" for number in (1, 2, 3, 4)]
    assert columns["parent"] == [-1, 0, 1, 1]
    assert columns["depth"] == [0, 1, 2, 2]
    assert columns["size"] == [4, 3, 1, 1]
    assert columns["start"] == [0, 10, 20, 40]
    assert columns["duration"] == [100, 80, 10, 20]
    assert columns["self"] == [20, 50, 10, 20]
    assert columns["error"] == [0, 0, 0, 0]
    assert columns["status"] == ["", "200", "", ""]
    assert columns["events"] == [0, 0, 0, 0]
    assert [strings[number] for number in columns["service"]] == ["locust", "web", "db", "db"]
    assert [strings[number] for number in columns["type"]] == ["http", "http", "sql", "sql"]
    assert trace["services"]["db"]["kind"] == "datastore"
    assert trace["asynchronous"] == []
    assert trace["odd"] == []
    assert trace["summary"] == get("/api/traces", q="trace:aaaa")["traces"][0]


def test_the_summary_of_one_trace_is_the_one_in_the_list(get: Get) -> None:
    listed = get("/api/traces")["traces"][2]
    assert get("/api/trace/" + "a" * 32 + "/summary") == {**listed, "inferred": False}


def test_the_first_events_and_the_number_of_links_come_with_the_columns(
    store: TraceStore, get: Get, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, child = _span(1, 0, "web", "menu", 3000, 90, ""), _span(2, 1, "db", "query", 3010, 5, "")
    begun = root.start + 12
    root.events = (Event(begun + 5, "late"), Event(begun, "http.response.first_byte"))
    child.events = tuple(Event(child.start + at, "row") for at in range(50))
    child.links = (Link("c" * 32, 8), Link("b" * 32, 7))
    store.add([Chunk("e" * 32, [root, child])])
    trace = get("/api/trace/" + "e" * 32)
    assert trace["columns"]["events"] == [2, 50]
    marks = [(row, after, trace["strings"][name]) for row, after, name in trace["marks"]]
    assert marks[:2] == [(0, 12, "http.response.first_byte"), (0, 17, "late")]
    assert marks[2:] == [(1, at, "row") for at in range(8)]
    assert trace["links"] == [[1, 2]]
    without = get("/api/trace/" + "a" * 32)
    assert (without["marks"], without["links"]) == ([], [])
    monkeypatch.setattr(trace_json, "MAX_EVENTS_PER_TRACE", 3)
    store.add([Chunk("e" * 32, [_span(3, 1, "db", "query", 3020, 5, "")])])
    assert len(get("/api/trace/" + "e" * 32)["marks"]) == 3


def test_children_that_their_parent_does_not_wait_for_are_named(
    store: TraceStore, get: Get
) -> None:
    ms = 1_000_000
    parent = _span(1, 0, "web", "accept", 7000, 100 * ms, "")
    child = _span(2, 1, "web", "bake", 7000 + 50 * ms, 100 * ms, "")
    store.add([Chunk("f" * 32, [parent, child])])
    trace = get("/api/trace/" + "f" * 32)
    assert trace["asynchronous"] == [1]
    assert trace["columns"]["self"] == [100 * ms, 100 * ms]


def test_a_trace_comes_with_its_anomalies(get: Get) -> None:
    trace = get("/api/trace/" + "b" * 32)
    assert trace["complete"] is False
    assert {odd["kind"] for odd in trace["odd"]} == {"orphan", "no_root"}
    assert trace["odd"][0]["span"] == f"{7:016x}"


def test_a_trace_has_an_etag_until_it_grows(client: FlaskClient, store: TraceStore) -> None:
    path = "/api/trace/" + "d" * 32
    store.add([Chunk("d" * 32, [_span(1, 0, "tag", "op", 5000, 5, "")])])
    tag = client.get(path).headers["ETag"]
    assert client.get(path, headers={"If-None-Match": tag}).status_code == 304
    store.add([Chunk("d" * 32, [_span(2, 1, "tag", "op", 5001, 2, "")])])
    answer = client.get(path, headers={"If-None-Match": tag})
    assert answer.status_code == 200
    assert answer.headers["ETag"] != tag


def test_the_self_time_of_a_span_is_the_same_by_itself(get: Get) -> None:
    trace = get("/api/trace/" + "a" * 32)
    for span_id, own in zip(trace["columns"]["id"], trace["columns"]["self"], strict=True):
        assert get(f"/api/trace/{'a' * 32}/span/{span_id}")["self"] == own


def test_answers_are_compressed_if_the_client_accepts_that(
    client: FlaskClient, store: TraceStore
) -> None:
    path = "/api/trace/" + "e" * 32
    store.add([Chunk("e" * 32, [_span(n, n - 1, "zip", "op", 9, 1, "") for n in range(1, 99)])])
    plain = client.get(path)
    compressed = client.get(path, headers={"Accept-Encoding": "gzip"})
    assert compressed.headers["Content-Encoding"] == "gzip"
    assert json.loads(gzip.decompress(compressed.data)) == plain.json
    assert len(compressed.data) < len(plain.data) / 2


@pytest.mark.parametrize(
    ("path", "status", "problem"),
    [
        ("/api/trace/" + "9" * 32, 404, "no trace"),
        ("/api/trace/" + "9" * 32 + "/summary", 404, "no trace"),
        ("/api/trace/xyz", 400, "hex digits"),
        ("/api/trace/xyz/summary", 400, "hex digits"),
        ("/api/trace/" + "a" * 33, 400, "hex digits"),
        ("/api/trace/" + "a" * 32 + "/span/77", 404, "no span"),
        ("/api/trace/" + "a" * 32 + "/span/zz", 400, "hex digits"),
        ("/api/traces?q=(", 400, "character 2"),
        ("/api/traces?limit=0", 400, "between 1 and 2,000"),
        ("/api/traces?limit=2001", 400, "between 1 and 2,000"),
        ("/api/traces?limit=ten", 400, "whole number"),
        ("/api/traces?order=random", 400, "newest"),
        ("/api/traces?cursor=AAAA", 400, "cursor"),
        ("/api/traces?cursor=%F0%9F%8D%BA", 400, "cursor"),
        ("/api/traces?from=yesterday", 400, "whole number"),
        ("/api/traces?to=99999999999999999999", 400, "whole number"),
        ("/api/summary?q=duration:5", 400, "character 1"),
        ("/api/live?q=}", 400, "character 1"),
        ("/nowhere", 404, "not found"),
        ("/v0.4/traces", 405, "not allowed"),
    ],
)
def test_errors_say_what_is_wrong(
    client: FlaskClient, path: str, status: int, problem: str
) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    assert answer.content_type == "application/json"
    assert problem in answer.json["error"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_other_requests_of_clients_are_answered_quietly(client: FlaskClient) -> None:
    assert "/v0.5/traces" in client.get("/info").json["endpoints"]
    for path in (
        "/telemetry/proxy/api/v2/apmtelemetry",
        "/v0.6/stats",
        "/v0.7/config",
        "/debugger/v1/diagnostics",
    ):
        assert client.post(path, data=b"anything").status_code == 200


def test_stats_add_up(get: Get) -> None:
    stats = get("/stats")
    assert stats["uptime"] > 0
    assert stats["stored"]["traces"] == get("/api/traces")["matched"]
    assert stats["stored"]["spans"] == get("/api/summary")["spans"]
    assert stats["stored"]["bytes"] > 0
    assert int(stats["stored"]["oldest"]) <= int(stats["stored"]["newest"])
    assert stats["dropped_by_retention"] == {"spans": 0}
    assert stats["live"] == {"clients": 0, "dropped": 0}
    assert stats["rejected"]["requests"]["malformed"] == 0
