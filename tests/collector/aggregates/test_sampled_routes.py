"""Routes of which all traces were kept beside one of which they were not, asked over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from collector.model import Chunk
from collector.store.trace_store import TraceStore
from tests.collector.analysis.traces import MS, span
from tests.fuzz.description import mismatch, operations

Get = Callable[..., Any]
WHOLE, SAMPLED = "GET /beers", "GET /donuts"
TRACES = 40
"""Of each route."""


def request_to(route: str, number: int, rate: float) -> Chunk:
    """A request that takes so many ms, kept with that probability."""
    root = span(1, 0, number, 2 * number, "flask", "web", route, "http", "server")
    if rate < 1:
        root.tags["_dd.rule_psr"] = rate
    return Chunk(f"{number + int(1000 * rate):032x}", [root])


@pytest.fixture(scope="module", autouse=True)
def traces(store: TraceStore) -> None:
    numbers = range(1, TRACES + 1)
    store.add([request_to(WHOLE, number, 1) for number in numbers])
    store.add([request_to(SAMPLED, number, 0.25) for number in numbers])


def test_only_the_sampled_route_has_intervals(get: Get) -> None:
    answer = get("/api/routes")
    between = {route["resource"]: route["duration_between"] for route in answer["routes"]}
    assert between == {
        WHOLE: None,
        SAMPLED: {
            "p50": [15 * MS, 26 * MS],
            "p95": [36 * MS, None],
            "p99": [38 * MS, None],
        },
    }
    assert "Woodruff" in answer["how"]["duration_between"]


def test_series_and_compare_say_the_same_as_routes(get: Get) -> None:
    sampled = next(r for r in get("/api/routes")["routes"] if r["resource"] == SAMPLED)
    for route, between in ((WHOLE, None), (SAMPLED, sampled["duration_between"])):
        chosen = {"route_service": "web", "route": route}
        assert get("/api/series", **chosen)["duration_between"] == between
        compared = get("/api/compare", **chosen)
        assert compared["a"]["duration_between"] == compared["b"]["duration_between"] == between


@pytest.mark.parametrize("path", ["/api/routes", "/api/series", "/api/compare"])
def test_answers_are_as_described(get: Get, path: str) -> None:
    [described] = [operation for operation in operations() if str(operation) == f"GET {path}"]
    schema = described.schema(200)
    assert schema is not None
    assert mismatch(get(path), schema) == ""
