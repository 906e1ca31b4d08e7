"""Where a client puts ids into names, answers stay small and say how much they leave out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from collector.aggregates import comparison, flow_graph, route_totals, service_map, who_pays
from collector.analysis import graph_summary
from collector.http import operations, services_json, trace_json
from collector.model import Chunk, Span
from collector.store.append import flush_recent
from collector.store.trace_store import TraceStore
from tests.collector.many_names import START, in_letters, named_by_id

Get = Callable[..., Any]
TRACES, MOST = 30, 7
BUSY = f"{TRACES + 1:032x}"


@pytest.fixture(scope="module", autouse=True)
def traces(store: TraceStore) -> None:
    """Traces with names of their own, and one whose spans are all of different services."""
    for chunks in named_by_id(TRACES):
        store.add(chunks)
    root = Span(1, 0, "web-3", "get order d", "GET /orders/d", "http", START, 10)
    others = [Span(n, 1, f"host-{n}", "work", f"r{n}", "", START, n) for n in range(2, 12)]
    lost = [Span(n, n + 1_000, "host-2", "lost", "r", "", START, 1) for n in range(100, 120)]
    store.add([Chunk(BUSY, [root, *others, *lost])])


@pytest.fixture(autouse=True)
def small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations, "MAX_OPERATIONS", MOST)
    monkeypatch.setattr(services_json, "MAX_LISTED_SERVICES", MOST)
    monkeypatch.setattr(trace_json, "MAX_SUMMARY_SERVICES", MOST)
    monkeypatch.setattr(trace_json, "MAX_ODDITIES", MOST)
    monkeypatch.setattr(route_totals, "MAX_ROUTES", MOST)
    monkeypatch.setattr(comparison, "MAX_DEPLOYS", MOST)
    monkeypatch.setattr(flow_graph, "MAX_NODES", MOST)
    monkeypatch.setattr(service_map, "MAX_SERVICES", MOST)
    monkeypatch.setattr(who_pays, "MAX_BILLS", MOST)
    monkeypatch.setattr(who_pays, "MAX_BILL_SERVICES", 3)


def test_operations_in_the_most_traces_are_listed_and_the_others_counted(get: Get) -> None:
    answer = get("/api/operations")
    assert len(answer["operations"]) == MOST
    assert answer["left_out"] == TRACES + 1 + 11 - MOST
    listed = {each["name"]: each["traces"] for each in answer["operations"]}
    assert (listed["query"], listed["get order d"]) == (TRACES, 2)
    assert answer["operations"] == sorted(answer["operations"], key=lambda o: o["service"])


def test_a_service_with_few_operations_is_listed_whole(get: Get) -> None:
    answer = get("/api/operations", service="db")
    assert [each["name"] for each in answer["operations"]] == ["query"]
    assert len(answer["operations"][0]["resources"]) == TRACES
    assert answer["left_out"] == 0


def test_operations_on_disk_and_in_memory_are_counted_once(store: TraceStore, get: Get) -> None:
    before = get("/api/operations")
    flush_recent(store.partitions()[0])
    assert get("/api/operations") == before


def test_services_seen_last_are_listed(get: Get) -> None:
    answer = get("/api/services")
    newest = {f"web-{number}" for number in range(TRACES - MOST + 1, TRACES)} | {"db"}
    assert {each["name"] for each in answer["services"]} == newest
    assert answer["left_out"] == TRACES + 1 + 10 - MOST


def test_routes_that_take_most_time_are_listed(get: Get) -> None:
    answer = get("/api/routes")
    assert len(answer["routes"]) == MOST
    assert answer["left_out"] == TRACES - MOST
    assert answer["routes"][0]["resource"] == f"GET /orders/{in_letters(TRACES - 1)}"


def test_newest_deploys_are_listed_here_and_in_a_comparison(get: Get) -> None:
    for answer in (get("/api/deploys"), get("/api/compare", a_q="", b_q="")):
        assert answer["deploys"][0]["version"] == f"build-{TRACES - 1}"
        assert len(answer["deploys"]) == MOST
        assert answer["deploys_left_out"] == TRACES - MOST


def test_a_map_has_the_costliest_services_and_bills(get: Get) -> None:
    answer = get("/api/map")
    assert len(answer["nodes"]) == len(answer["services"]) == len(answer["bills"]) == MOST
    assert answer["left_out"] == TRACES + 1 + 10 - MOST
    assert answer["bills_left_out"] == TRACES - MOST
    [busy] = get("/api/map", q=f"trace:{BUSY}")["bills"]
    assert (len(busy["services"]), busy["services_left_out"]) == (3, 8)


def test_a_graph_has_the_costliest_nodes_with_the_numbers_they_have_in_a_whole_one(
    get: Get, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = get("/api/graph", by="operation")
    monkeypatch.setattr(flow_graph, "MAX_NODES", 500)
    whole = get("/api/graph", by="operation")
    assert part["nodes"] == whole["nodes"][:MOST]
    shown = {node["key"] for node in part["nodes"]} | {""}
    edges = [edge for edge in whole["edges"] if {edge["caller"], edge["called"]} <= shown]
    assert part["edges"] == edges
    assert part["left_out"] + len(part["nodes"]) == len(whole["nodes"])


def test_a_graph_says_how_many_edges_it_leaves_out(
    get: Get, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = get("/api/graph", by="operation")
    monkeypatch.setattr(graph_summary, "MAX_EDGES", 2)
    part = get("/api/graph", by="operation")
    assert len(part["edges"]) == 2
    assert part["edges_left_out"] == len(whole["edges"]) - 2


def test_a_summary_names_the_services_with_the_most_spans(get: Get) -> None:
    [summary] = get("/api/traces", q=f"trace:{BUSY}")["traces"]
    assert summary["services"]["host-2"] == 21
    assert (len(summary["services"]), summary["services_left_out"]) == (MOST, 11 - MOST)


def test_oddities_of_a_kind_are_counted_beyond_the_first(client: FlaskClient) -> None:
    trace = client.get(f"/api/trace/{BUSY}").json
    assert trace is not None
    assert [odd["kind"] for odd in trace["odd"]] == ["orphan"] * MOST
    assert trace["odd_left_out"] == {"orphan": 20 - MOST}
