"""Who pays, asked over HTTP: every total is the same from either point of view."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from collector.aggregates import sum_cache, trace_bill, who_pays
from collector.aggregates.sum_cache import SumCache
from collector.http.app import Collector
from collector.model import Chunk, Link, Span
from collector.store.trace_store import TraceStore
from tests.collector.analysis.test_accounts import submitted
from tests.collector.analysis.traces import MS, random_trace, span
from tests.collector.conftest import fewer
from tests.collector.stores import Stores

EXAMPLES = range(8)
FILLED, EVICTS, BATCH = "f" * 32, "e" * 32, "b" * 32
GONE = "a" * 32
Get = Callable[..., Any]


def asking(store: TraceStore) -> Get:
    """Return a function that gets a path of a collector with this store."""
    collector = Collector(store)
    collector.live.close()
    client = collector.app.test_client()

    def get(path: str, **parameters: object) -> Any:
        answer = client.get(path, query_string=parameters)
        assert answer.status_code == 200, answer.text
        return answer.json

    return get


def server(span_id: int, start: int, end: int, resource: str) -> Span:
    return span(span_id, 0, start, end, "flask.request", "web", resource, kind="server")


def app_traces() -> list[Chunk]:
    """A pairing fills the cache, another route evicts it, and a batch was submitted by both and by
    somebody who is not stored."""
    evict = submitted(span(2, 1, 110, 120, "cache.evict"), FILLED)
    batch = submitted(span(1, 0, 200, 230, "orders.write"), FILLED, EVICTS, GONE)
    return [
        Chunk(FILLED, [server(1, 0, 50, "GET /pair/beer")]),
        Chunk(EVICTS, [server(1, 100, 130, "GET /menu"), evict]),
        Chunk(BATCH, [batch]),
    ]


@pytest.fixture
def get(stores: Stores) -> Any:
    with stores.open() as store:
        store.add(app_traces())
        yield asking(store)


def own(answer: Any) -> dict[str, float]:
    """Return what each route pays for, in ms."""
    return {bill["resource"]: int(bill["own_total"]) / 1000 / MS for bill in answer["bills"]}


def test_the_map_bills_triggers_or_submitters(get: Get) -> None:
    by_trigger, by_submitter = get("/api/map"), get("/api/map", payer="submitter")
    assert own(by_trigger) == {"GET /pair/beer": 50, "GET /menu": 30, "orders.write": 30}
    assert own(by_submitter) == {
        "GET /pair/beer": 70,
        "GET /menu": 30,
        "orders.write": 0,
        "unknown submitter": 10,
    }
    assert by_trigger["own_total"] == by_submitter["own_total"]
    assert by_trigger["deferred"] == by_submitter["deferred"]
    assert [
        (d["trigger"]["resource"], d["submitter"]["resource"], d["submitter"]["unknown"], d["own"])
        for d in by_trigger["deferred"]
    ] == [
        ("GET /menu", "GET /pair/beer", False, 10 * MS),
        ("orders.write", "unknown submitter", True, 10 * MS),
        ("orders.write", "GET /menu", False, 10 * MS),
        ("orders.write", "GET /pair/beer", False, 10 * MS),
    ]
    assert by_trigger["nodes"] == by_submitter["nodes"], "critical paths stay the trigger's"


def test_a_route_pays_for_work_in_traces_of_other_routes(get: Get) -> None:
    route = {"route_service": "web", "route": "GET /pair/beer"}
    assert own(get("/api/payers", **route)) == {"GET /pair/beer": 50}
    answer = get("/api/payers", payer="submitter", **route)
    assert own(answer) == {"GET /pair/beer": 70}
    assert {pair["trigger"]["resource"] for pair in answer["deferred"]} == {
        "GET /menu",
        "orders.write",
    }
    assert len(get("/api/payers", payer="submitter")["bills"]) == 4


def test_submitters_outside_of_the_set_are_looked_up(
    get: Get, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = get("/api/map", q="service:web root.name:orders.write", payer="submitter")
    assert own(answer) == {
        "orders.write": 0,
        "GET /pair/beer": 10,
        "GET /menu": 10,
        "unknown submitter": 10,
    }
    monkeypatch.setattr(sum_cache, "MAX_LOOKED_UP", 1)
    answer = get("/api/map", q="service:web root.name:orders.write", payer="submitter")
    assert own(answer)["unknown submitter"] == 20


def test_the_bill_of_a_trace(get: Get) -> None:
    batch = get(f"/api/trace/{BATCH}/bill", payer="submitter")
    assert (batch["own"], batch["owed"], batch["pays"]) == (30 * MS, 30 * MS, 0)
    [work] = batch["deferred"]
    assert [(s["trace_id"], s["stored"], s["own"]) for s in work["submitters"]] == [
        (FILLED, True, 10 * MS),
        (EVICTS, True, 10 * MS),
        (GONE, False, 10 * MS),
    ]
    filled = get(f"/api/trace/{FILLED}/bill", payer="submitter")
    assert (filled["own"], filled["done"], filled["pays"]) == (50 * MS, 20 * MS, 70 * MS)
    assert [(d["trace_id"], d["own"]) for d in filled["done_for_it"]] == [
        (BATCH, 10 * MS),
        (EVICTS, 10 * MS),
    ]
    assert [span["name"] for d in filled["done_for_it"] for span in d["spans"]] == [
        "orders.write",
        "cache.evict",
    ]
    assert get(f"/api/trace/{FILLED}/bill")["pays"] == 50 * MS


def test_a_wrong_payer_or_trace_is_refused(stores: Stores) -> None:
    with stores.open() as store:
        collector = Collector(store)
        collector.live.close()
        client = collector.app.test_client()
        for path in ("/api/map", "/api/payers"):
            assert client.get(path, query_string={"payer": "nobody"}).status_code == 400
        assert client.get(f"/api/trace/{GONE}/bill").status_code == 404
        for odd in ("bière", "…", "x" * 300, "%00"):
            assert client.get(f"/api/trace/{odd}/bill").status_code in (400, 404)


def test_every_total_is_the_same_in_both_views(
    stores: Stores, store_kind: str, example: int
) -> None:
    """Random traces, weights and submitters, in the set, out of it, and not stored."""
    rng = random.Random(example)
    ids = [f"{rng.getrandbits(128) | 1:032x}" for _ in range(fewer(store_kind, 40))]
    chunks = []
    for trace_id in ids:
        spans = random_trace(rng.randint(1, 10), rng.getrandbits(32))
        for each in spans:
            if rng.random() < 0.4:
                submitted(each, *rng.choices([*ids, GONE], k=rng.randint(1, 5)))
        spans[0].tags["_dd.rule_psr"] = rng.choice([0.013, 0.3, 1.0])
        chunks.append(Chunk(trace_id, spans))
    with stores.open() as store:
        store.add(chunks)
        get = asking(store)
        for q in ("", "service:x", f"trace:{ids[0]}"):
            a, b = (get("/api/map", q=q, payer=payer) for payer in ("trigger", "submitter"))
            assert int(a["own_total"]) == int(b["own_total"])
            for answer in (a, b):
                bills = sum(int(bill["own_total"]) for bill in answer["bills"])
                assert bills == int(answer["own_total"])
        pays = {
            payer: sum(get(f"/api/trace/{each}/bill", payer=payer)["pays"] for each in ids)
            for payer in ("trigger", "submitter")
        }
        nobody = sum(
            work["own_left_out"] + sum(s["own"] for s in work["submitters"] if not s["stored"])
            for each in ids
            for work in get(f"/api/trace/{each}/bill")["deferred"]
        )
        assert pays["trigger"] == pays["submitter"] + nobody


def test_digests_that_know_no_debts_are_made_again(stores: Stores) -> None:
    with stores.open() as store:
        store.add(app_traces())
        cache = SumCache(store, lambda: None)
        cards = cache.sample_of(sum_cache.USUAL_TRACES).cards
        assert sum(bool(card.encoded_debts) for card in cards) == 2
        grown = span(3, 1, 121, 125, "late")
        grown.links = (Link(FILLED, 1, {"relation": "submitter"}),)
        store.add([Chunk(EVICTS, [grown])])
        [card] = [
            card
            for card in cache.sample_of(sum_cache.USUAL_TRACES).cards
            if card.trace_id == EVICTS
        ]
        assert card.debts().total() == 14 * MS


def test_submitters_beyond_the_bound_of_a_sample_are_unknown(
    get: Get, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(who_pays, "MAX_DEBTS", 3)  # those of the batch, which is the newest
    answer = get("/api/map", payer="submitter")
    assert own(answer)["unknown submitter"] == 20
    assert answer["own_total"] == get("/api/map")["own_total"]


def test_large_traces_are_not_read_to_name_their_spans(
    get: Get, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trace_bill, "MAX_READ_SPANS", 1)
    filled = get(f"/api/trace/{FILLED}/bill")
    assert [len(row["spans"]) for row in filled["done_for_it"]] == [1, 0]
    assert filled["done"] == 20 * MS


def test_work_counts_for_all_traces_that_its_own_represents(stores: Stores) -> None:
    chunks = app_traces()
    chunks[1].spans[0].tags["_dd.rule_psr"] = 0.1
    with stores.open() as store:
        store.add(chunks)
        answer = asking(store)("/api/map", payer="submitter")
    assert own(answer)["GET /menu"] == 10 * (30 - 10) + 10
    assert own(answer)["GET /pair/beer"] == 50 + 10 * 10 + 10
