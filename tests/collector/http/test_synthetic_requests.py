"""Requests that tests have made are stored, and left out unless a search asks for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from collector.store.append import flush_recent
from collector.store.trace_store import TraceStore
from tests.collector.chunks import chunk
from tests.collector.stores import Stores

Get = Callable[..., Any]
OF_TEST = {"user_agent.synthetic.type": "test"}


@pytest.fixture(scope="module")
def store(module_stores: Stores, on_disk: bool) -> Iterator[TraceStore]:
    """A store with two people's requests and that of a test, to a deploy of its own; its index is
    in memory or on disk."""
    with module_stores.open() as made:
        made.add([chunk(1, 1, version="mine"), chunk(2, 1, version="mine")])
        made.add([chunk(3, 1, version="step-11", **OF_TEST)])
        if on_disk:
            flush_recent(made.partitions()[0])
        yield made


@pytest.mark.parametrize(
    ("query", "traces"),
    [
        ("", 2),
        ("service:web", 2),
        ("service:web OR service:db", 2),
        ("synthetic:0", 2),
        ("synthetic:1", 1),
        ("user_agent.synthetic.type:test", 1),
        ("version:step-11", 0),
        ("version:step-11 synthetic:any", 1),
        ("synthetic:any", 3),
        ("synthetic:any service:web", 3),
    ],
)
def test_a_search_leaves_them_out_unless_it_asks(get: Get, query: str, traces: int) -> None:
    assert get("/api/traces", q=query)["matched"] == traces
    assert get("/api/traces", q=query)["matched_exact"]
    assert get("/api/summary", q=query)["traces"] == traces
    assert sum(route["traces"] for route in get("/api/routes", q=query)["routes"]) == traces


@pytest.mark.parametrize("query", ["synthetic:2", "{synthetic:1}"])
def test_a_wrong_word_about_tests_is_refused(client: FlaskClient, query: str) -> None:
    answer = client.get("/api/traces", query_string={"q": query})
    assert answer.status_code == 400
    assert "synthetic" in answer.text


def test_compare_takes_them_in(get: Get) -> None:
    assert {deploy["version"] for deploy in get("/api/deploys")["deploys"]} == {"mine", "step-11"}
    both = get("/api/compare", a_q="version:step-11", b_q="version:mine")
    assert (both["a"]["sample"]["matched"], both["b"]["sample"]["matched"]) == (1, 2)
