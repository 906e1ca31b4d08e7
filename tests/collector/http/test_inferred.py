"""Traces that nobody has traced: left out unless asked for, and compared with those that were."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from collector.http.app import Collector
from collector.infer.forest import forest_of
from collector.infer.inference import infer
from collector.infer.spans import CONFIDENCE, INFERRED, POSSIBLE, RECORDS, traces
from collector.model import Chunk, Span
from collector.store.trace_store import TraceStore
from tests.collector.infer.simulated import Simulated, simulate
from tests.collector.infer.traced import traced
from tests.collector.stores import Stores

VISITS = 10
NOW = 1_700_000_000_000_000_000


@pytest.fixture
def simulated() -> Simulated:
    records, callers = simulate(1, VISITS, ids=False)
    moved = [r._replace(start=r.start + NOW, end=r.end + NOW) for r in records]
    return Simulated(moved, callers)


@pytest.fixture
def store(stores: Stores) -> Iterator[TraceStore]:
    with stores.open() as made:
        yield made


@pytest.fixture
def client(store: TraceStore) -> Iterator[FlaskClient]:
    collector = Collector(store)
    yield collector.app.test_client()
    collector.live.close()


@pytest.fixture
def both(store: TraceStore, client: FlaskClient, simulated: Simulated) -> FlaskClient:
    """The API of a collector with what was traced, and with what was inferred from it."""
    found = infer(simulated.records)
    store.add([*traced(simulated), *traces(found, forest_of(found))])
    return client


def stranger(**tags: str | float) -> Chunk:
    """What somebody else sends as inferred."""
    span = Span(1, 7, "web", "op", "GET /", "http", NOW, 5, tags={INFERRED: RECORDS, **tags})
    return Chunk(f"{77:032x}", [span])


@pytest.mark.parametrize(
    ("query", "matched"),
    [
        ("", VISITS),
        ("inferred:0", VISITS),
        ("inferred:1", VISITS),
        ("inferred.from:records", VISITS),
        ("inferred:any", 2 * VISITS),
        ("synthetic:any", VISITS),
        ("synthetic:any inferred:any", 2 * VISITS),
        ("service:web inferred:any", 2 * VISITS),
        ("service:web", VISITS),
        ("-inferred:1", VISITS),
    ],
)
def test_searches_leave_them_out_unless_they_ask(
    both: FlaskClient, query: str, matched: int
) -> None:
    assert both.get("/api/traces", query_string={"q": query}).json["matched"] == matched


@pytest.mark.parametrize("path", ["/api/map", "/api/graph?by=path", "/api/routes", "/api/series"])
def test_so_do_all_other_questions(both: FlaskClient, path: str) -> None:
    assert both.get(path).json["sample"]["matched"] == VISITS


def test_a_search_for_nonsense_says_what_is_possible(client: FlaskClient) -> None:
    answer = client.get("/api/traces?q=inferred:maybe")
    assert answer.status_code == 400
    assert "0, 1 or any" in answer.json["error"]


def test_the_set_is_right(both: FlaskClient) -> None:
    answer = both.get("/api/inferred").json
    assert answer["traces"] == VISITS
    [edge] = answer["edges"]
    assert (edge["caller"], edge["called"], edge["verdict"]) == ("web", "taster", "right")
    assert edge["calls"] == edge["true_calls"]
    assert answer["score"]["calls"]["precision"] == answer["score"]["calls"]["recall"] == 1
    assert answer["shares_error"] == pytest.approx(0)


def test_each_trace_is_right_and_leads_to_the_true_one(both: FlaskClient) -> None:
    for trace in both.get("/api/traces?q=inferred:1").json["traces"]:
        answer = both.get(f"/api/trace/{trace['trace_id']}/inferred").json
        assert answer["wrong"] == 0
        assert not answer["not_found"]
        true = both.get(f"/api/trace/{answer['true_trace_id']}/summary").json
        assert not true["inferred"]
        assert true["start"] == trace["start"]
        assert both.get(f"/api/trace/{trace['trace_id']}/summary").json["inferred"]


def test_a_trace_that_was_traced_is_no_guess(both: FlaskClient) -> None:
    [true, *_] = both.get("/api/traces").json["traces"]
    assert both.get(f"/api/trace/{true['trace_id']}/inferred").status_code == 404
    assert both.get("/api/trace/zz/inferred").status_code == 400


def test_without_any_there_is_nothing_to_compare(client: FlaskClient) -> None:
    assert client.get("/api/inferred").json == {"traces": 0, "traces_left_out": 0}


@pytest.mark.parametrize(
    "tags",
    [
        {},
        {CONFIDENCE: "surely", POSSIBLE: "many"},
        {CONFIDENCE: 1e308, POSSIBLE: 1e308},
        {CONFIDENCE: -5, POSSIBLE: -5},
        {CONFIDENCE: math.inf, POSSIBLE: math.nan},
    ],
)
def test_whatever_others_send_is_answered(
    store: TraceStore, client: FlaskClient, tags: dict[str, str | float]
) -> None:
    store.add([stranger(**tags)])
    for path in ("/api/inferred", f"/api/trace/{77:032x}/inferred"):
        assert client.get(path).status_code == 200
