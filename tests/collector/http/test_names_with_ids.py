"""Names that hold ids are one operation, one route, one node, and each of these leads to exactly
its traces."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from collector.model import Chunk, Span
from collector.store.append import flush_recent
from collector.store.trace_store import TraceStore
from tests.collector.analysis.traces import span

Get = Callable[..., Any]
TRACES = 12
ROUTE = "GET /orders/?/lines"
STATEMENT = "SELECT * FROM line WHERE order_id IN (?)"


def order(number: int) -> list[Span]:
    """A request about order `number`, whose id is in the route, in the statement and in a name."""
    statement = STATEMENT.replace("?", ", ".join(str(number + line) for line in range(number)))
    return [
        span(1, 0, number, number + 9, "get", "web", f"GET /orders/{number}/lines", kind="server"),
        span(2, 1, number + 1, number + 3, "query", "db", statement, "sql"),
        span(3, 1, number + 3, number + 8, f"pack order {number}"),
    ]


@pytest.fixture(scope="module", autouse=True)
def traces(store: TraceStore) -> None:
    store.add([Chunk(f"{number:032x}", order(number)) for number in range(1, TRACES + 1)])
    root = span(1, 0, 5, 6, "get", "web", "GET /orders", kind="server")
    store.add([Chunk(f"{99:032x}", [root])])


def matched(get: Get, q: str) -> int:
    return int(get("/api/traces", q=q)["matched"])


def test_they_are_one_route_that_leads_to_all_of_them(get: Get) -> None:
    routes = {each["resource"]: each["traces"] for each in get("/api/routes")["routes"]}
    assert routes == {ROUTE: TRACES, "GET /orders": 1}
    assert matched(get, f'{{service:web resource:"{ROUTE}"}}') == TRACES
    assert matched(get, f'root.resource:"{ROUTE}"') == TRACES
    for route in (ROUTE, "GET /orders/7/lines"):
        assert get("/api/series", route_service="web", route=route)["sample"]["matched"] == TRACES


@pytest.mark.parametrize("by", ["operation", "path"])
def test_each_node_leads_to_its_traces(get: Get, by: str) -> None:
    nodes = get("/api/graph", by=by)["nodes"]
    assert {node["resource"] for node in nodes} == {
        *(ROUTE, "GET /orders", STATEMENT, "pack order ?")
    }
    for node in nodes:
        terms = (f'{field}:"{node[field]}"' for field in ("service", "name", "resource"))
        assert matched(get, "{" + " ".join(terms) + "}") == node["traces"]


def test_operations_are_listed_without_ids_on_disk_and_in_memory(
    store: TraceStore, get: Get
) -> None:
    in_memory = get("/api/operations")
    assert [each["name"] for each in in_memory["operations"]] == ["query", "get", "pack order ?"]
    assert in_memory["operations"][0]["resources"] == [STATEMENT]
    for partition in store.partitions():
        flush_recent(partition)
    assert get("/api/operations") == in_memory


def test_a_comparison_and_a_what_if_take_them_together(get: Get) -> None:
    comparison = get("/api/compare", a_q="", b_q="")
    assert [each["resource"] for each in comparison["shifts"]].count(STATEMENT) == 1
    change = {"service": "db", "name": "query", "resource": STATEMENT, "way": "cache"}
    prediction = get("/api/what-if", change=json.dumps(change), route_service="web", route=ROUTE)
    assert prediction["predicted"]["p50"] < prediction["measured"]["p50"]


def test_a_span_keeps_its_name(get: Get) -> None:
    trace = get(f"/api/trace/{7:032x}")
    assert "GET /orders/7/lines" in trace["strings"]
    shared = {trace["strings"][name]: trace["strings"][of] for name, of in trace["templates"]}
    assert (shared["GET /orders/7/lines"], shared["pack order 7"]) == (ROUTE, "pack order ?")
    assert trace["summary"]["resource"] == "GET /orders/7/lines"


def test_an_index_from_before_templates_finds_them_all_the_same(
    store: TraceStore, get: Get
) -> None:
    for partition in store.partitions():
        flush_recent(partition)
        partition.write_connection.execute("DELETE FROM posting WHERE instr(term, '?')")
        partition.indexes_templates = False
    assert matched(get, f'resource:"{STATEMENT}"') == TRACES
    assert matched(get, 'resource:"GET /orders/?"*') == TRACES
